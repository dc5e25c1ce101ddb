internal import Glibc

/// Writes pictures as PNG files.
public enum PNGFile {
  /// Writes an image to the file whose path is these bytes; what was there is replaced when it is complete, a link too.
  ///
  /// It grows as PATH.part; one that a killed program left is replaced.
  /// - Throws: `unwritable` with the system's reason.
  public static func write(_ image: Image, to path: [UInt8]) throws(ImageError) {
    let encoded = try ImageEncoder.encode(image, as: .png)
    let name: [CChar] = path.map { CChar(bitPattern: $0) } + [0]
    let part: [CChar] = (path + ".part".utf8).map { CChar(bitPattern: $0) } + [0]
    // SAFETY: both names end with NUL.
    unsafe unlink(part)
    let descriptor = unsafe open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(ImageFile.reason(errno)) }
    var error = put(encoded, descriptor)
    if close(descriptor) != 0, error == 0 { error = errno }
    // SAFETY: as above.
    if error == 0, unsafe rename(part, name) != 0 { error = errno }
    guard error == 0 else {
      unsafe unlink(part)
      throw .unwritable(ImageFile.reason(error))
    }
  }

  /// Writes all bytes; gives an errno, 0 when all is well.
  private static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      // SAFETY: the pointer stays within the array.
      let put = unsafe bytes.withUnsafeBytes { bytes in
        unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      if put >= 0 { done += put } else if errno != EINTR { return errno }
    }
    return 0
  }
}
