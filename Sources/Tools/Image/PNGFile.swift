internal import FermImageShim

/// Writes pictures as PNG files.
public enum PNGFile {
  /// Writes an image to the file whose path is these bytes; what was there is replaced when it is complete, a link too.
  ///
  /// - Throws: `unwritable` with the system's reason.
  public static func write(_ image: Image, to path: [UInt8]) throws(ImageError) {
    let name = path.map { CChar(bitPattern: $0) } + [0]
    var failure = ferm_image_failure()
    // SAFETY: `name` ends with NUL, and Image holds height * width * channels bytes.
    let status = unsafe ferm_png_write(
      name, image.pixels, UInt32(image.width), UInt32(image.height), UInt32(image.channels), &failure)
    guard status == 0 else { throw .unwritable(text(failure)) }
  }
}
