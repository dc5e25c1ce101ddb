internal import Glibc

/// A file or standard output that could not be written: one sentence.
public struct OutputError: Error, Sendable {
  /// The sentence.
  public let message: String
  /// Makes an error from one sentence.
  public init(message: String) { self.message = message }
}

/// Buffered text to standard output or to a file. A reader that has gone ends the program quietly.
public final class Output {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []

  /// Opens standard output, or the file at `path`.
  public init(path: String? = nil) throws(OutputError) {
    signal(SIGPIPE, SIG_IGN)
    name = path ?? "standard output"
    guard let path else {
      descriptor = 1
      return
    }
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError(message: "\(path): it cannot be written: \(String(cString: strerror(errno))).")
    }
  }

  deinit { if descriptor > 1 { close(descriptor) } }

  /// Whether somebody reads this on a terminal.
  public var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Adds a line.
  public func line(_ text: String) throws(OutputError) {
    try append { bytes in
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// Adds what `body` appends to the buffer.
  public func append(_ body: (inout [UInt8]) -> Void) throws(OutputError) {
    body(&buffer)
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Writes all that is buffered.
  public func flush() throws(OutputError) {
    var done = 0
    while done < buffer.count {
      let put = buffer.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if put < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { _exit(ExitStatus.success) }  // other threads may be at work
        throw OutputError(message: "\(name): it cannot be written: \(String(cString: strerror(errno))).")
      }
      done += put
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Writes a line to standard error.
public func narrate(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}
