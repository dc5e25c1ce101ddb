public import FermFiles
internal import Glibc

/// Reads a file or standard input piece by piece.
public final class ByteRecords {
  /// What it reads, for people.
  public let name: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var (start, isAtEnd) = (0, false)
  /// The system's reason when reading failed.
  public private(set) var failure: String?

  /// Reads standard input.
  public init() { (name, descriptor) = ("standard input", 0) }

  /// Reads the file at `path`.
  ///
  /// - Throws: one sentence.
  public init(path: FilePath) throws(FileError) {
    name = path.printable
    guard let file = path.systemName else {
      throw FileError("\(path.printable): a name cannot contain a zero byte.")
    }
    descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      throw FileError("\(path.printable): it cannot be read: \(systemReason(errno)).")
    }
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  /// The bytes up to the next `separator`, without it; the last record need not end with one.
  ///
  /// - Parameter limit: a record that is longer ends after so many bytes and one more.
  public func next(endingWith separator: UInt8, limit: Int = .max) -> [UInt8]? {
    var looked = start
    while true {
      if let end = buffer[looked...].firstIndex(of: separator) {
        defer { start = end + 1 }
        return Array(buffer[start..<end])
      }
      looked = buffer.count
      if looked - start > limit {
        defer { start += limit + 1 }
        return Array(buffer[start...start + limit])
      }
      guard fill() else {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
      }
      looked -= dropped
    }
  }

  /// The next byte.
  public func nextByte() -> UInt8? {
    if start == buffer.count, !fill() { return nil }
    start += 1
    return buffer[start - 1]
  }

  /// The next bytes, which stay: `count` of them, or fewer at the end or after one of which `isLast` is true.
  public func peek(_ count: Int, upTo isLast: (UInt8) -> Bool = { _ in false }) -> ArraySlice<UInt8> {
    var seen = 0
    while true {
      let ahead = buffer[start...].prefix(count)
      if let last = ahead.dropFirst(seen).firstIndex(where: isLast) { return ahead[...last] }
      seen = ahead.count
      if seen == count || !fill() { return ahead }
    }
  }

  /// Passes over some of the bytes that were peeked at.
  public func skip(_ count: Int) { start += min(count, buffer.count - start) }

  /// The next bytes: `count` of them, or fewer at the end. What is not in the buffer yet is read where it is to be.
  public func take(_ count: Int) -> [UInt8] {
    let held = min(count, buffer.count - start)
    return [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      filled = held
      for place in 0..<held { room.initializeElement(at: place, to: buffer[start + place]) }
      start += held
      while filled < count, !isAtEnd {
        // SAFETY: no more is read than what the room has left.
        filled += read(into: UnsafeMutableRawBufferPointer(room)[filled...])
      }
    }
  }

  /// Passes over the next bytes; gives how many there were of `count`.
  public func pass(_ count: Int) -> Int {
    var passed = min(count, buffer.count - start)
    start += passed
    while passed < count {
      guard start < buffer.count || fill() else { break }
      let step = min(count - passed, buffer.count - start)
      start += step
      passed += step
    }
    return passed
  }

  /// How many bytes the last `fill` took from the buffer's front.
  private var dropped = 0

  /// Reads what there is, waiting for at least a byte; false at the end.
  private func fill() -> Bool {
    dropped = 0
    guard !isAtEnd else { return false }
    dropped = start
    buffer.removeFirst(start)
    start = 0
    // As much as there is already, so that a long record is not moved about for each piece.
    let size = max(1 << 16, buffer.count)
    let held = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: size))
    let got = buffer.withUnsafeMutableBytes { read(into: $0[held...]) }
    buffer.removeLast(size - got)
    return got > 0
  }

  /// Reads what there is, as much as there is room for; 0 at the end.
  private func read(into room: Slice<UnsafeMutableRawBufferPointer>) -> Int {
    let room = UnsafeMutableRawBufferPointer(rebasing: room)
    var got = 0
    repeat { got = Glibc.read(descriptor, room.baseAddress, room.count) } while got < 0 && errno == EINTR
    if got < 0 { failure = systemReason(errno) }
    isAtEnd = got <= 0
    return max(got, 0)
  }
}
