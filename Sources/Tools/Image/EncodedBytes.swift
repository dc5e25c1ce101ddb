/// An encoded image in memory that stays where it is, so that a decoder may point into it.
@safe final class EncodedBytes {
  private let room: UnsafeMutableBufferPointer<UInt8>
  /// How many bytes there are.
  let count: Int

  /// Takes what `fill` puts into a room of `capacity` bytes; it gives their number.
  init<Failure: Error>(
    capacity: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int
  ) throws(Failure) {
    let room = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
    // SAFETY: the room is new, and `fill` gives no more than it has written.
    do throws(Failure) { count = unsafe try fill(room) } catch {
      unsafe room.deallocate()
      throw error
    }
    unsafe self.room = room
  }

  /// Copies an array.
  convenience init(_ bytes: [UInt8]) {
    // SAFETY: the room is as long as the array.
    unsafe self.init(capacity: bytes.count) { room in
      _ = unsafe room.initialize(from: bytes)
      return bytes.count
    }
  }

  // SAFETY: every pointer into the bytes belongs to code that holds this object.
  deinit { unsafe room.deallocate() }

  /// Where the bytes are, for as long as this object lives.
  var start: UnsafePointer<UInt8>? { unsafe UnsafePointer(room.baseAddress) }

  /// One byte.
  subscript(place: Int) -> UInt8 {
    precondition(place >= 0 && place < count, "beyond the bytes")
    // SAFETY: only the first `count` bytes are filled, and the place is one of them.
    return unsafe room[place]
  }

  /// Some bytes.
  subscript(range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "beyond the bytes")
    // SAFETY: as for one byte.
    return unsafe Array(room[range])
  }

  /// The first bytes, as many as there are up to `length`.
  func prefix(_ length: Int) -> [UInt8] { self[0..<min(length, count)] }
}
