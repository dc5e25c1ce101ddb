public import FermFiles
internal import Glibc

/// Reads a file or standard input piece by piece.
public final class ByteRecords {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var (start, isAtEnd) = (0, false)
  /// The system's reason when reading failed.
  public private(set) var failure: String?

  /// Reads standard input.
  public init() { descriptor = 0 }

  /// Reads the file at `path`.
  ///
  /// - Throws: one sentence.
  public init(path: String) throws(FileError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError("\(path): it cannot be read: \(String(cString: strerror(errno))).")
    }
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  /// The bytes up to the next `separator`, without it; the last record need not end with one.
  public func next(endingWith separator: UInt8) -> [UInt8]? {
    var looked = start
    while true {
      if let end = buffer[looked...].firstIndex(of: separator) {
        defer { start = end + 1 }
        return Array(buffer[start..<end])
      }
      looked = buffer.count
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

  /// How many bytes the last `fill` took from the buffer's front.
  private var dropped = 0

  /// Reads what there is, waiting for at least a byte; false at the end.
  private func fill() -> Bool {
    guard !isAtEnd else {
      dropped = 0
      return false
    }
    dropped = start
    buffer.removeFirst(start)
    start = 0
    let size = 1 << 16
    let held = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: size))
    var got = 0
    repeat {
      got = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + held }, size) }
    } while got < 0 && errno == EINTR
    if got < 0 { failure = String(cString: strerror(errno)) }
    buffer.removeLast(size - max(got, 0))
    isAtEnd = got <= 0
    return got > 0
  }
}
