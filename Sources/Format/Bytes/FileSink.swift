internal import FermSystem

/// A file that appears under its name only when it is complete.
struct FileSink {
  private let path: String
  private let descriptor: Int32
  private let temporary: [CChar]

  init(path: String) throws(FormatError) {
    var temporary = [CChar](repeating: 0, count: path.utf8.count + 16)
    let capacity = temporary.count
    let descriptor = unsafe ferm_file_create_beside(path, &temporary, capacity)
    guard descriptor >= 0 else {
      throw FormatError(.io, "It cannot be written: \(systemMessage(-descriptor)).")
    }
    self.path = path
    self.descriptor = descriptor
    self.temporary = temporary
  }

  func append(_ bytes: [UInt8]) throws(FormatError) {
    let result = unsafe ferm_file_append(descriptor, bytes, bytes.count)
    guard result == 0 else { throw FormatError(.io, "It cannot be written: \(systemMessage(-result)).") }
  }

  func commit() throws(FormatError) {
    let result = unsafe ferm_file_commit(descriptor, temporary, path)
    guard result == 0 else { throw FormatError(.io, "It cannot be written: \(systemMessage(-result)).") }
  }

  func discard() { unsafe ferm_file_discard(descriptor, temporary) }
}
