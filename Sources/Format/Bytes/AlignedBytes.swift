import FermSystem

/// Zeroed bytes on a 64-byte boundary, owned by one object.
///
/// Its maker fills it once, and from then on it is only read, so threads may share it.
@safe public final class AlignedBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  /// The number of bytes.
  public let count: Int

  /// Takes `count` zeroed bytes from the system.
  public convenience init(count: Int) throws(FormatError) {
    guard count >= 0, let memory = unsafe ferm_take(count) else {
      throw FormatError(.memory, "There is not enough memory for \(count) bytes.")
    }
    unsafe self.init(owning: memory, count: count)
  }

  /// The same, where `parts` threads take a part each.
  ///
  /// - Parameter share: calls what it is given once for each part, at the same time.
  package convenience init(
    count: Int, parts: Int, _ share: (_ take: (_ part: Int) -> Void) -> Void
  ) throws(FormatError) {
    let refused = FormatError(.memory, "There is not enough memory for \(count) bytes.")
    let taken = try AlignedBytes(count: parts)
    guard count >= 0, let memory = unsafe ferm_take_unfilled(count) else { throw refused }
    share { part in
      // SAFETY: each part is the memory's own, and so is the byte that notes it.
      unsafe taken.mutableBytes[part] = ferm_fill(memory, count, part, parts) != 0 ? 1 : 0
    }
    guard unsafe !taken.bytes.contains(0) else {
      // SAFETY: nobody else has the memory, and it is not used again.
      unsafe ferm_give(memory, count)
      throw refused
    }
    unsafe self.init(owning: memory, count: count)
  }

  private init(owning memory: UnsafeMutableRawPointer, count: Int) {
    unsafe self.memory = memory
    self.count = count
  }

  // SAFETY: memory is this object's alone, and nobody holds it when the object goes.
  deinit { unsafe ferm_give(memory, count) }

  /// The bytes, valid as long as this object lives.
  public var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: memory, count: count) }

  /// The bytes for the code that fills them, before they are shared.
  public var mutableBytes: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: memory, count: count)
  }
}
