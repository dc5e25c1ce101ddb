/// A decoded picture: 8-bit samples, row by row, without padding.
public struct Image: Sendable, Equatable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The samples of a pixel: 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// The samples, `height` rows of `width` pixels of `channels` interleaved bytes.
  public let pixels: [UInt8]
  /// The width of the whole picture, of which this may be a reduced one.
  public let fullWidth: Int
  /// The height of the whole picture.
  public let fullHeight: Int

  /// Wraps samples that are already decoded; their number must be `width * height * channels`.
  ///
  /// - Parameter full: the size of the picture before it was reduced; nil when it was not.
  public init(
    width: Int, height: Int, channels: Int, pixels: [UInt8], full: (width: Int, height: Int)? = nil
  ) {
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels")
    precondition(pixels.count == width * height * channels, "pixels must be width * height * channels bytes")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
    fullWidth = full?.width ?? width
    fullHeight = full?.height ?? height
  }
}
