/// Decodes JPEG and PNG, told apart by their first bytes and never by a file's name.
///
/// Grey images keep one channel, all others become RGB: palettes and CMYK are converted, 16-bit samples are
/// scaled to 8, and transparency is laid over white. What is cut short or corrupt is an error, never a guess.
public struct ImageDecoder: Sendable {
  /// The most pixels an image may announce.
  public let pixelLimit: Int

  /// Makes a decoder that refuses, from the header alone, images of more than `pixelLimit` pixels.
  public init(pixelLimit: Int = 100_000_000) {
    // The ceiling keeps every size derived from the limit inside an Int.
    self.pixelLimit = min(max(pixelLimit, 0), 1 << 40)
  }

  /// Decodes an image held in memory.
  public func decode(bytes: [UInt8]) throws(ImageError) -> Image {
    guard !bytes.isEmpty else { throw .empty }
    guard let codec = Codec(startOf: bytes) else { throw .unknownType }
    let header = try codec.header(of: bytes)
    guard header.pixelCount <= pixelLimit else {
      throw .tooLarge(width: header.width, height: header.height, limit: pixelLimit)
    }
    let stored = try codec.pixels(of: bytes, header)
    return Image(
      width: header.width, height: header.height, channels: header.layout.channels,
      pixels: header.layout.flatten(stored))
  }

  /// Decodes the file at `path`.
  public func decode(path: String) throws(ImageError) -> Image {
    try decode(path: Array(path.utf8))
  }

  /// Decodes the file whose path is these bytes, which need not be UTF-8.
  public func decode(path: [UInt8]) throws(ImageError) -> Image {
    let file = try ImageFile(path: path)
    let start = try file.read(upTo: Codec.signatureLength)
    guard !start.isEmpty else { throw .empty }
    guard Codec(startOf: start) != nil else { throw .unknownType }
    guard file.size <= byteLimit else { throw .tooLong(bytes: file.size, limit: byteLimit) }
    return try decode(bytes: file.read(upTo: file.size))
  }

  /// Four 16-bit samples a pixel, and room for metadata: more than an image within the limit ever needs.
  private var byteLimit: Int { 8 * pixelLimit + (64 << 20) }
}
