public import FermFiles
internal import FermToolStart
internal import Glibc

/// This program at work once more, on other words. It ends with this one, and is told so by SIGTERM.
///
/// Start and use it on the main thread alone: the system counts the end of the thread that started it.
public final class ChildProcess {
  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// With this status.
    case exit(Int32)
    /// By this signal.
    case signal(Int32)
  }

  private let number: Int32
  /// The file that it tells people into.
  private let said: Int32
  private var ending: Ending?

  /// Starts it.
  ///
  /// - Throws: a sentence when the system starts no process.
  public init(_ words: [String]) throws(FileError) {
    said = ferm_memory_file()
    guard said >= 0 else {
      throw FileError("No process can be started: \(String(cString: strerror(-said))).")
    }
    let own = ferm_word(0).map { String(cString: $0) } ?? ""
    var pointers: [UnsafeMutablePointer<CChar>?] = ([own] + words).map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    number = ferm_start_again(pointers, said)
    guard number > 0 else {
      close(said)
      throw FileError("No process can be started: \(String(cString: strerror(-number))).")
    }
  }

  deinit { close(said) }

  /// How it ended; nil while it is at work.
  public func poll() -> Ending? {
    guard ending == nil else { return ending }
    var status: Int32 = 0
    guard waitpid(number, &status, WNOHANG) == number else { return nil }
    let signal = status & 0x7F
    ending = signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
    return ending
  }

  /// Asks it to stop.
  public func stop() { if ending == nil { kill(number, SIGTERM) } }

  /// The last line that it said.
  public var lastLine: String {
    let length = lseek(said, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: Int(min(max(length, 0), 4096)))
    let read = pread(said, &bytes, bytes.count, max(0, length - off_t(bytes.count)))
    let lines = bytes.prefix(max(read, 0)).split(separator: UInt8(ascii: "\n"))
    return lines.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
