internal import FermSystem
internal import Foundation

/// The bytes of a stranger's file, read piece by piece where they are needed.
///
/// A mapped file that somebody shortens ends the program; one that is read gives an error.
final class ImportSource {
  /// Bytes of the file.
  let count: Int
  private let memory: [UInt8]
  /// -1 for bytes in memory.
  private let descriptor: Int32

  /// Opens a regular file.
  init(path: String) throws(ImportProblem) {
    var size: UInt64 = 0
    descriptor = unsafe ferm_file_open(path, &size)
    memory = []
    count = Int(clamping: size)
    guard descriptor >= 0 else {
      throw ImportProblem(
        -descriptor == EINVAL
          ? "it is no regular file." : "it cannot be read: \(unsafe String(cString: strerror(-descriptor))).")
    }
  }

  /// Takes bytes that are in memory.
  init(bytes: [UInt8]) { (count, memory, descriptor) = (bytes.count, bytes, -1) }

  deinit { if descriptor >= 0 { ferm_file_close(descriptor) } }

  /// The bytes of a range; the caller has checked it against a limit.
  func bytes(_ range: Range<Int>) throws(ImportProblem) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw ImportProblem("the file ends too early; copy it again.")
    }
    guard descriptor >= 0 else { return Array(memory[range]) }
    var failure: Int32 = 0
    // SAFETY: the buffer has room for the whole range; a read that failed leaves it empty.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      if let start = buffer.baseAddress {
        failure = unsafe ferm_file_read(descriptor, UInt64(range.lowerBound), start, range.count)
      }
      filled = failure == 0 ? range.count : 0
    }
    guard failure == 0 else {
      throw ImportProblem(
        failure > 0
          ? "the file became shorter while it was read."
          : "it cannot be read: \(unsafe String(cString: strerror(-failure))).")
    }
    return bytes
  }
}
