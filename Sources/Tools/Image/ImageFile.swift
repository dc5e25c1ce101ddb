internal import Glibc

/// A regular file, open for reading until this value goes.
final class ImageFile {
  private let descriptor: Int32
  /// The length in bytes when it was opened.
  let size: Int

  /// Opens what these bytes name, unless it is a folder, a fifo or a device.
  init(path: [UInt8]) throws(ImageError) {
    // A path ends at its first NUL for the system: with one inside it would name another file.
    guard !path.isEmpty, !path.contains(0) else { throw .missing }
    let name = path.map { CChar(bitPattern: $0) } + [0]
    // Without O_NONBLOCK, opening a fifo waits for a writer.
    // SAFETY: `name` ends with NUL.
    let descriptor = unsafe open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw ImageFile.failure(errno) }
    var status = stat()
    // SAFETY: fstat fills the one structure it is given.
    guard unsafe fstat(descriptor, &status) == 0 else {
      let error = errno
      close(descriptor)
      throw ImageFile.failure(error)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(ImageFile.kind(of: status.st_mode))
    }
    self.descriptor = descriptor
    self.size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The first `count` bytes, or all of a file that is shorter.
  func read(upTo count: Int) throws(ImageError) -> EncodedBytes {
    // SAFETY: what the closure gives is what it has read.
    unsafe try EncodedBytes(capacity: count) { (room) throws(ImageError) in
      var filled = 0
      while filled < count {
        // SAFETY: pread writes no more than what the room has left.
        let got = unsafe pread(
          descriptor, room.baseAddress.map { unsafe $0 + filled }, count - filled, off_t(filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          break
        } else if errno != EINTR {
          throw ImageFile.failure(errno)
        }
      }
      return filled
    }
  }

  private static func failure(_ error: Int32) -> ImageError {
    if error == ENOENT || error == ENOTDIR { return .missing }
    return .unreadable(reason(error))
  }

  /// The system's words for an errno.
  static func reason(_ error: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    // SAFETY: strerror_r writes at most `count` bytes and ends them with NUL.
    guard unsafe strerror_r(error, &text, text.count) == 0 else { return "error \(error)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func kind(of mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "it is a folder"
    case S_IFIFO: "it is a fifo"
    case S_IFSOCK: "it is a socket"
    default: "it is a device"
    }
  }
}
