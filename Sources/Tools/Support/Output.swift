public import FermFiles
internal import Glibc

/// Buffered text to standard output or to a file, which appears when it is finished. A reader that has gone ends the program
/// quietly.
public final class Output {
  /// The file; nil for standard output.
  public let file: OutputFile?
  private var buffer: [UInt8] = []

  /// Begins standard output, or the file at `path`.
  ///
  /// - Parameter inputs: what the program reads; see ``OutputFile``.
  public init(path: FilePath? = nil, unlike inputs: [FilePath] = []) throws(FileError) {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)  // a limit on sizes is an error like a full disk
    file = try path.map { path throws(FileError) in try OutputFile(path, unlike: inputs) }
  }

  /// Whether somebody reads this on a terminal.
  public var isTerminal: Bool { file?.isTerminal ?? (isatty(1) == 1) }

  /// Adds a line.
  public func line(_ text: String) throws(FileError) {
    try append { bytes in
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// Adds what `body` appends to the buffer.
  public func append(_ body: (inout [UInt8]) -> Void) throws(FileError) {
    body(&buffer)
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Writes all that is buffered.
  public func flush() throws(FileError) {
    defer { buffer.removeAll(keepingCapacity: true) }
    if let file {
      do throws(FileError) { return try file.append(buffer) } catch {
        if error.kind == .readerGone { _exit(ExitStatus.success) }  // other threads may be at work
        throw error
      }
    }
    var done = 0
    while done < buffer.count {
      let put = buffer.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if put < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { _exit(ExitStatus.success) }  // other threads may be at work
        throw FileError("standard output: it cannot be written: \(systemReason(errno)).")
      }
      done += put
    }
  }

  /// Writes all that is buffered, and lets the file appear under its name.
  ///
  /// - Parameter ending: see ``OutputFile/commit(withEnding:)``.
  public func finish(withEnding ending: String = "") throws(FileError) {
    try flush()
    try file?.commit(withEnding: ending)
  }
}

/// Writes a line to standard error; whatever names and texts of strangers are in it, it stays one line.
public func narrate(_ text: String) {
  let bytes = Array((text.printable + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}
