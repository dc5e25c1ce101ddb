internal import CFerm
internal import FermFormat

/// The images of a call, each a `ferm_image` of the program's version, which may be newer than the library's.
@safe struct LentImages {
  // SAFETY: the caller lends `count` images, `size` bytes apart, until the call returns; they need not be aligned.
  let start: UnsafePointer<ferm_image>
  let size: Int
  let count: Int

  /// - Throws: `value` or `unsupported` for an image that this library cannot take.
  func image(_ i: Int) throws(FormatError) -> PixelImage {
    var known = unsafe ferm_image()
    let image = unsafe UnsafeRawPointer(start) + i * size
    guard unsafe ferm_copy_struct(&known, MemoryLayout<ferm_image>.size, image, size) != 0 else {
      throw FormatError(
        .unsupported,
        "Image \(i) has a field that this library does not know; make it 0, or use a newer library.")
    }
    do throws(ImageFault) { return try unsafe PixelImage(known) } catch {
      throw FormatError(.value, "Image \(i) \(error.words)")
    }
  }
}

/// What is wrong with a `ferm_image`, in words that follow its number.
private struct ImageFault: Error { let words: String }

extension PixelImage {
  fileprivate init(_ image: ferm_image) throws(ImageFault) {
    let (width, height, channels) = unsafe (image.width, image.height, image.channels)
    guard let pixels = unsafe image.pixels else {
      throw ImageFault(words: "has no pixels: its pointer is NULL.")
    }
    guard (1...65_535).contains(width), (1...65_535).contains(height) else {
      throw ImageFault(
        words: "is \(unsigned(width)) x \(unsigned(height)) pixels; each side must be 1 to 65535.")
    }
    guard channels == 1 || channels == 3 else {
      let advice = channels == 4 ? "; leave out the fourth, which is alpha" : ""
      throw ImageFault(
        words: "has \(unsigned(channels)) channels; 1 is grey and 3 are R, G, B\(advice).")
    }
    let row = width * channels
    let stride = unsafe image.stride == 0 ? row : image.stride
    // A size_t beyond half of its range comes as a negative number.
    guard stride < 0 || stride >= row else {
      throw ImageFault(
        words: "has rows of \(row) bytes and a stride of \(stride); pass 0 for rows without a gap.")
    }
    // SAFETY: the caller lends `height` rows, `stride` bytes apart.
    guard (0...1 << 30).contains(stride),
      let image = unsafe PixelImage(
        pixels: UnsafeBufferPointer(start: pixels, count: stride * (height - 1) + row),
        width: width, height: height, channels: channels, stride: stride)
    else {
      throw ImageFault(words: "has a stride of \(unsigned(stride)) bytes; at most 2^30 are allowed.")
    }
    self = image
  }
}

/// A size_t as C wrote it.
private func unsigned(_ size: Int) -> UInt { UInt(bitPattern: size) }
