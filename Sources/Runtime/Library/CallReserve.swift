internal import FermFormat
internal import FermSystem

/// What the calls of one session fall back on where memory is short: had from the beginning, so that they need none.
final class CallReserve {
  /// Bytes for an error's words and whatever else is small.
  static let usual = 1 << 16

  private let memory: AlignedBytes

  convenience init() throws(FormatError) {
    self.init(holding: try AlignedBytes(count: MemoryLayout<Int>.size))
    guard unsafe ferm_reserve_prepare(place, Self.usual) != 0 else { throw .noMemory }
  }

  private init(holding memory: AlignedBytes) { self.memory = memory }

  // SAFETY: the place is this object's, and no call of the session is in progress when the object goes.
  deinit { unsafe ferm_reserve_drop(place) }

  /// Where the reserve is noted.
  var place: UnsafeMutablePointer<OpaquePointer?> {
    // SAFETY: the memory is zeroed, aligned to 64 bytes and as large as a pointer.
    unsafe memory.mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: OpaquePointer?.self)
  }
}
