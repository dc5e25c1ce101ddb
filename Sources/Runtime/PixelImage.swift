/// An 8-bit image that somebody else owns: grey, or interleaved RGB.
@safe public struct PixelImage {
  let pixels: UnsafeBufferPointer<UInt8>
  let width: Int
  let height: Int
  let channels: Int
  let stride: Int

  /// Describes an image.
  ///
  /// - Parameters:
  ///   - pixels: rows from the top; valid for as long as this value is used.
  ///   - channels: 1 for grey, 3 for RGB.
  ///   - stride: bytes from one row to the next; nil for rows without a gap.
  /// - Returns: nil when the sizes are not positive or the buffer is too short for them.
  public init?(
    pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, stride: Int? = nil
  ) {
    guard channels == 1 || channels == 3, (1...65_535).contains(width), (1...65_535).contains(height) else {
      return nil
    }
    let stride = stride ?? width * channels
    guard stride >= width * channels, stride <= 1 << 30,
      pixels.count >= stride * (height - 1) + width * channels
    else { return nil }
    unsafe self.pixels = pixels
    self.width = width
    self.height = height
    self.channels = channels
    self.stride = stride
  }
}
