internal import FermFormat

/// An 8-bit image: grey, or interleaved RGB. It owns a copy of the pixels, or shows pixels that somebody else owns.
///
/// ```swift
/// let grey = [UInt8](repeating: 128, count: 48 * 48)
/// let face = try PixelImage(grey, width: 48, height: 48, channels: 1)
/// ```
///
/// Pixels that stay where they are, such as a camera's, need no copy. Neither does a face in a larger picture: begin at its first
/// pixel, and keep the picture's stride.
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
  /// Whose memory the pixels are; nil where they are somebody else's.
  private let owner: AlignedBytes?
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// 1 for grey, 3 for RGB.
  public let channels: Int
  let stride: Int

  /// Shows pixels that somebody else owns.
  ///
  /// - Parameters:
  ///   - pixels: rows from the top; they must stay where they are for as long as this value is used.
  ///   - width: pixels across, 1 to 65,535.
  ///   - height: pixels down, 1 to 65,535.
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
    unsafe self.init(
      unchecked: pixels, width: width, height: height, channels: channels, stride: stride)
  }

  /// The same for sizes that the caller has checked.
  ///
  /// - Parameter owner: whose memory the pixels are; nil where the caller keeps them.
  @unsafe init(
    unchecked pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, stride: Int,
    owner: AlignedBytes? = nil
  ) {
    unsafe self.pixels = pixels
    (self.width, self.height, self.channels, self.stride) = (width, height, channels, stride)
    self.owner = owner
  }

  /// A rectangle of the image, which must lie inside it.
  func part(x: Int, y: Int, width: Int, height: Int) -> PixelImage {
    let (first, count) = (y * stride + x * channels, (height - 1) * stride + width * channels)
    precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height)
    // SAFETY: the rectangle's rows are rows of the image.
    return unsafe PixelImage(
      unchecked: UnsafeBufferPointer(rebasing: pixels[first..<(first + count)]), width: width,
      height: height, channels: channels, stride: stride, owner: owner)
  }
}
