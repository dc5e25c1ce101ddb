/// Decodes JPEG, PNG, WebP, BMP and PNM, told apart by their first bytes and never by a file's name.
///
/// Grey images keep one channel, all others become RGB: palettes and CMYK are converted, 16-bit samples are scaled to 8, and
/// transparency is laid over the background. Pictures are turned as their EXIF data says. What is cut short or corrupt is
/// an error, never a guess.
public struct ImageDecoder: Sendable {
  /// The most pixels an image may announce.
  public let pixelLimit: Int
  /// The most bytes that decoding an image may take.
  public let byteLimit: Int
  /// What lies under pictures that are partly clear.
  public let background: Background

  /// Makes a decoder that refuses, from the header alone, images of more than `pixelLimit` pixels, and those that could
  /// only be decoded with more than five bytes for each pixel of the limit (and 64 MB).
  public init(pixelLimit: Int = 100_000_000, background: Background = .white) {
    // The ceiling keeps every size derived from the limit inside an Int.
    self.pixelLimit = min(max(pixelLimit, 0), 1 << 40)
    byteLimit = max(5 * self.pixelLimit, 64 << 20)
    self.background = background
  }

  /// Decodes an image held in memory.
  public func decode(bytes: [UInt8]) throws(ImageError) -> Image { try open(bytes: bytes).decode() }

  /// Decodes the file at `path`.
  public func decode(path: String) throws(ImageError) -> Image { try decode(path: Array(path.utf8)) }

  /// Decodes the file whose path is these bytes, which need not be UTF-8.
  public func decode(path: [UInt8]) throws(ImageError) -> Image { try open(path: path).decode() }

  /// Reads the header of an image held in memory.
  ///
  /// - Parameter largestReduction: given width and height, the factor by which each side may be made smaller; JPEG takes
  ///   the largest of 1, 2, 4 and 8 within it, other formats keep all their pixels.
  public func open(bytes: [UInt8], largestReduction: (Int, Int) -> Int = { _, _ in 1 }) throws(ImageError)
    -> OpenedImage
  {
    guard !bytes.isEmpty else { throw .empty }
    guard let codec = Codec.of(bytes) else { throw .unknownType }
    var reader = try codec.open(bytes)
    let (width, height) = (reader.width, reader.height)
    // A side has 31 bits at most, so the product of the two fits.
    guard width * height <= pixelLimit else {
      throw .tooLarge(width: width, height: height, limit: pixelLimit)
    }
    let largest = largestReduction(width, height)
    if let reduction = [8, 4, 2].first(where: { $0 <= largest }) { reader.reduce(by: reduction) }
    guard reader.memory <= byteLimit else {
      throw .tooMuchMemory(bytes: reader.memory, limit: byteLimit)
    }
    return OpenedImage(reader: reader, background: background)
  }

  /// Reads the header of the file whose path is these bytes; see ``open(bytes:largestReduction:)``.
  public func open(path: [UInt8], largestReduction: (Int, Int) -> Int = { _, _ in 1 }) throws(ImageError)
    -> OpenedImage
  {
    let file = try ImageFile(path: path)
    let start = try file.read(upTo: Codec.signatureLength)
    guard !start.isEmpty else { throw .empty }
    guard Codec.of(start) != nil else { throw .unknownType }
    guard file.size <= fileLimit else { throw .tooLong(bytes: file.size, limit: fileLimit) }
    return try open(bytes: file.read(upTo: file.size), largestReduction: largestReduction)
  }

  /// Whether the file whose path is these bytes begins as an image of one of the formats does; false for what cannot be read.
  public func recognises(path: [UInt8]) -> Bool {
    do throws(ImageError) {
      return Codec.of(try ImageFile(path: path).read(upTo: Codec.signatureLength)) != nil
    } catch { return false }
  }

  /// Four 16-bit samples a pixel, and room for metadata: more than an image within the limit ever needs.
  private var fileLimit: Int { 8 * pixelLimit + (64 << 20) }
}

/// An image whose header has been read and found within the limits.
public struct OpenedImage {
  let reader: any PictureReader
  let background: Background

  /// The most bytes that ``decode()`` will hold at once, the pixels among them.
  public var memory: Int { reader.memory }

  /// Decodes the pixels, and turns them as they are to be seen.
  public func decode() throws(ImageError) -> Image {
    let stored = try reader.read(over: background)
    let seen = stored.orientation.applied(to: stored)
    let full = (width: reader.width, height: reader.height)
    return Image(
      width: seen.width, height: seen.height, channels: seen.channels, pixels: seen.pixels,
      full: stored.orientation.swapsSides ? (full.height, full.width) : full)
  }
}
