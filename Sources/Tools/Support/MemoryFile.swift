public import FermFiles
internal import FermToolStart
internal import Glibc

/// A file in memory, without a name, which is gone when nobody has it open.
///
/// Other processes of the same user open it by its ``path`` as long as this one has it.
public final class MemoryFile {
  private let descriptor: Int32

  /// Writes the file.
  ///
  /// - Throws: a sentence where there is no memory for it.
  public init(_ bytes: [UInt8]) throws(FileError) {
    descriptor = ferm_memory_file()
    guard descriptor >= 0 else {
      throw FileError("a file in memory: it cannot be made: \(systemReason(-descriptor)).")
    }
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      guard put >= 0 || errno == EINTR else {
        throw FileError("a file in memory: it cannot be written: \(systemReason(errno)).")
      }
      done += max(put, 0)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Where other processes find it.
  public var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

  /// Reads what another process has written.
  ///
  /// - Throws: a sentence where it cannot be read.
  public static func bytes(at path: String) throws(FileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("\(path): it cannot be opened: \(systemReason(errno)).") }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Int(max(lseek(file, 0, SEEK_END), 0)))
    var done = 0
    while done < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(done))
      }
      guard got > 0 || got < 0 && errno == EINTR else {
        throw FileError("\(path): it cannot be read: \(systemReason(errno)).")
      }
      done += max(got, 0)
    }
    return bytes
  }
}
