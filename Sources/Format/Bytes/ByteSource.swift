internal import FermSystem

/// Where a model's bytes come from: an open file, or memory of our own or of the caller's.
@safe enum ByteSource {
  case file(OpenFile)
  case memory([UInt8])
  case borrowed(UnsafeRawBufferPointer)

  var count: UInt64 {
    switch self {
    case .file(let file): file.size
    case .memory(let bytes): UInt64(bytes.count)
    case .borrowed(let bytes): UInt64(bytes.count)
    }
  }

  /// Copies `into.count` bytes at `offset`.
  func read(at offset: UInt64, into: UnsafeMutableRawBufferPointer) throws(FormatError) {
    let length = UInt64(into.count)
    guard offset <= count, length <= count - offset else {
      throw FormatError(
        .truncated, at: count, "The file ends \(offset + length - count) bytes too early; copy it again.")
    }
    guard length > 0 else { return }
    switch self {
    case .file(let file): unsafe try file.read(at: offset, into: into)
    case .memory(let bytes):
      // SAFETY: the range was checked against count above.
      unsafe bytes.withUnsafeBytes { all in
        unsafe into.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: all[Int(offset)..<Int(offset + length)]))
      }
    case .borrowed(let bytes):
      // SAFETY: the range was checked against count above; the lender of the bytes keeps them until we are done.
      unsafe into.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + length)]))
    }
  }

  /// Reads the `length` bytes at `offset`, in memory that can be refused; the caller has checked `length` against a limit.
  func reader(at offset: UInt64, _ length: Int) throws(FormatError) -> ByteReader {
    guard offset <= count, UInt64(length) <= count - offset else {
      throw FormatError(.truncated, at: count, "The file ends too early; copy it again.")
    }
    let bytes = try AlignedBytes(count: length)
    unsafe try read(at: offset, into: bytes.mutableBytes)
    return ByteReader(bytes, at: offset)
  }

  /// The `length` bytes at `offset`; the caller has checked `length` against a limit.
  func bytes(at offset: UInt64, _ length: Int) throws(FormatError) -> [UInt8] {
    guard offset <= count, UInt64(length) <= count - offset else {
      throw FormatError(.truncated, at: count, "The file ends too early; copy it again.")
    }
    var bytes = [UInt8](repeating: 0, count: length)
    var failure: FormatError?
    // SAFETY: the buffer is the array's own, for the time of the call.
    unsafe bytes.withUnsafeMutableBytes { buffer in
      do throws(FormatError) { unsafe try read(at: offset, into: buffer) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

/// A regular file, open for reading.
final class OpenFile {
  let size: UInt64
  private let descriptor: Int32

  convenience init(path: String) throws(FormatError) { try unsafe self.init(cPath: path) }

  /// - Parameter path: bytes that end with NUL.
  convenience init(cPath path: UnsafePointer<CChar>) throws(FormatError) {
    var size: UInt64 = 0
    let result = unsafe ferm_file_open(path, &size)
    guard result != FERM_NO_FILE else {
      throw FormatError(
        .io, "It is not a regular file but a pipe, a socket or a device; copy its content to a file first.")
    }
    guard result >= 0 else {
      if result == ferm_no_memory { throw .noMemory }
      throw FormatError(.io, "It cannot be opened: \(systemMessage(-result)).")
    }
    self.init(descriptor: result, size: size)
  }

  private init(descriptor: Int32, size: UInt64) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { ferm_file_close(descriptor) }

  func read(at offset: UInt64, into: UnsafeMutableRawBufferPointer) throws(FormatError) {
    guard let start = into.baseAddress else { return }
    let result = unsafe ferm_file_read(descriptor, offset, start, into.count)
    guard result == 0 else {
      if result > 0 {
        throw FormatError(.truncated, at: offset, "The file became shorter while it was read.")
      }
      throw FormatError(.io, at: offset, "It cannot be read: \(systemMessage(-result)).")
    }
  }
}

/// The system's words for an errno.
func systemMessage(_ error: Int32) -> String {
  var text = [UInt8](repeating: 0, count: 128)
  // SAFETY: the C function writes at most the given capacity and always a final NUL.
  unsafe text.withUnsafeMutableBytes { buffer in
    unsafe ferm_error_text(error, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
  }
  let end = text.firstIndex(of: 0) ?? text.endIndex
  return String(decoding: text[..<end], as: UTF8.self)
}
