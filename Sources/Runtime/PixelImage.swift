/// An 8-bit image that somebody else owns: grey, or interleaved RGB.
///
/// A face in a larger picture needs no copy: begin at its first pixel, and keep the picture's stride.
///
/// ```swift
/// let (width, height) = (640, 480)
/// let photo = [UInt8](repeating: 0, count: 3 * width * height)
/// photo.withUnsafeBufferPointer { pixels in
///   let corner = 3 * (100 * width + 200)  // row 100, column 200
///   let face = PixelImage(
///     pixels: UnsafeBufferPointer(rebasing: pixels[corner...]), width: 96, height: 96, channels: 3, stride: 3 * width)
///   print(face != nil)
/// }
/// ```
@safe public struct PixelImage {
  let pixels: UnsafeBufferPointer<UInt8>
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// 1 for grey, 3 for RGB.
  public let channels: Int
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

  /// The same for sizes that the caller has looked at.
  @unsafe init(
    unchecked pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, stride: Int
  ) {
    unsafe self.pixels = pixels
    (self.width, self.height, self.channels, self.stride) = (width, height, channels, stride)
  }

  /// A rectangle of the image, which must lie inside it.
  func part(x: Int, y: Int, width: Int, height: Int) -> PixelImage {
    let (first, count) = (y * stride + x * channels, (height - 1) * stride + width * channels)
    precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height)
    // SAFETY: the rectangle's rows are rows of the image.
    return unsafe PixelImage(
      unchecked: UnsafeBufferPointer(rebasing: pixels[first..<(first + count)]), width: width,
      height: height, channels: channels, stride: stride)
  }
}
