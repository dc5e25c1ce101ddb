/// Decodes JPEG, PNG, WebP, BMP and PNM, told apart by their first bytes and never by a file's name.
///
/// Grey images keep one channel, all others become RGB: palettes and CMYK are converted, 16-bit samples are scaled to 8, and
/// transparency is laid over the background. Pictures are turned as their EXIF data says. What lacks pixels is an error,
/// never a guess; faults that cost no pixel are accepted.
public struct ImageDecoder: Sendable {
  /// The most pixels a side may have.
  public static let sideLimit = 65_535
  /// The most pixels an image may announce.
  public let pixelLimit: Int
  /// The most bytes that decoding an image may take.
  public let byteLimit: Int
  /// The colour under the transparent parts of pictures.
  public let background: Background

  /// Makes a decoder that refuses, from the header alone, images of more than `pixelLimit` pixels, and those that could
  /// only be decoded with more than five bytes for each pixel of the limit (and 64 MB).
  public init(pixelLimit: Int = 100_000_000, background: Background = .white) {
    // The ceiling keeps every size derived from the limit inside an Int.
    self.pixelLimit = min(max(pixelLimit, 0), 1 << 40)
    byteLimit = max(5 * self.pixelLimit, 64 << 20)
    self.background = background
  }

  /// Whether data that starts like this is an image of a known format.
  public static func recognises(_ start: [UInt8]) -> Bool { Codec.all.contains { $0.recognises(start) } }

  /// Whether data whose first two bytes are these may be an image.
  public static func mayBegin(_ start: [UInt8]) -> Bool {
    let signatures: [[UInt8]] = [[0xFF, 0xD8], [0x89, 0x50], Array("RI".utf8), Array("BM".utf8)]
    return signatures.contains { start.starts(with: $0) }
      || start.count > 1 && start[0] == UInt8(ascii: "P") && 0x31...0x36 ~= start[1]
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
    let reader = try self.reader(of: EncodedBytes(bytes), largestReduction)
    return OpenedImage(memory: reader.memory, background: background) { () throws(ImageError) in reader }
  }

  /// Reads the header of the file whose path is these bytes, and of a large file no more; see
  /// ``open(bytes:largestReduction:)``.
  public func open(path: [UInt8], largestReduction: (Int, Int) -> Int = { _, _ in 1 }) throws(ImageError)
    -> OpenedImage
  {
    let file = try ImageFile(path: path)
    if file.size <= Self.headLengths[0] {
      let reader = try self.reader(of: try file.read(upTo: file.size), largestReduction)
      return OpenedImage(memory: reader.memory, background: background) { () throws(ImageError) in reader }
    }
    let (head, codec) = try header(
      { (length) throws(ImageError) in try file.read(upTo: length) }, largestReduction)
    let fileLimit = Self.encodedLimit(width: head.width, height: head.height)
    guard file.size <= fileLimit else { throw .tooLong(bytes: file.size, limit: fileLimit) }
    return OpenedImage(memory: file.size + head.memory, background: background) { () throws(ImageError) in
      var reader = try codec.open(try file.read(upTo: file.size))
      reader.reduce(by: head.reduction)
      guard reader.width == head.width, reader.height == head.height, reader.memory <= head.memory else {
        throw .decode("the file changed while it was read")
      }
      return reader
    }
  }

  /// The most bytes that an image which begins like this may have.
  ///
  /// - Parameter start: gives the first bytes, as many as it is asked for, or all of a shorter image.
  public func encodedLimit(_ start: (Int) -> [UInt8]) throws(ImageError) -> Int {
    let head = try header({ (length) throws(ImageError) in EncodedBytes(start(length)) }, { _, _ in 1 }).head
    return Self.encodedLimit(width: head.width, height: head.height)
  }

  /// Four 16-bit samples a pixel, and room for metadata.
  private static func encodedLimit(width: Int, height: Int) -> Int { 8 * width * height + (64 << 20) }

  /// How much of an image is read in search of the header, and then how much again: profiles and thumbnails may come first.
  private static let headLengths = [1 << 20, 1 << 24]

  /// What the start of an image says.
  private func header(
    _ start: (Int) throws(ImageError) -> EncodedBytes, _ largestReduction: (Int, Int) -> Int
  ) throws(ImageError) -> (head: (width: Int, height: Int, memory: Int, reduction: Int), codec: Codec) {
    for length in Self.headLengths {
      let bytes = try start(length)
      let codec = try Codec.of(bytes)
      var reader: any PictureReader
      do throws(ImageError) { reader = try codec.open(bytes) } catch {
        guard bytes.count == length else { throw error }
        continue
      }
      let reduction = try accept(&reader, largestReduction)
      return ((reader.width, reader.height, reader.memory, reduction), codec)
    }
    throw .decode("no picture begins in its first \(Self.headLengths.last ?? 0) bytes")
  }

  private func reader(of bytes: EncodedBytes, _ largestReduction: (Int, Int) -> Int) throws(ImageError)
    -> any PictureReader
  {
    var reader = try Codec.of(bytes).open(bytes)
    _ = try accept(&reader, largestReduction)
    return reader
  }

  /// Holds a header against the limits, and reduces the picture as far as it may be; gives the reduction.
  private func accept(_ reader: inout any PictureReader, _ largestReduction: (Int, Int) -> Int)
    throws(ImageError)
    -> Int
  {
    let (width, height) = (reader.width, reader.height)
    // A side has 31 bits at most, so the product of the two fits.
    guard width * height <= pixelLimit else {
      throw .tooLarge(width: width, height: height, limit: pixelLimit)
    }
    guard max(width, height) <= Self.sideLimit else {
      throw .sideTooLong(width: width, height: height, limit: Self.sideLimit)
    }
    let largest = largestReduction(width, height)
    let reduction = [8, 4, 2].first { $0 <= largest } ?? 1
    reader.reduce(by: reduction)
    guard reader.memory <= byteLimit else {
      throw .tooMuchMemory(bytes: reader.memory, limit: byteLimit)
    }
    return reduction
  }

  /// Whether the file whose path is these bytes begins as an image does; false for what cannot be read.
  public func recognises(path: [UInt8]) -> Bool {
    do throws(ImageError) {
      _ = try Codec.of(try ImageFile(path: path).read(upTo: 18))
      return true
    } catch { return false }
  }
}

/// An image whose header has been read and found within the limits.
public struct OpenedImage {
  /// The most bytes that ``decode()`` will hold at once: the encoded ones of a file, and the pixels.
  public let memory: Int
  let background: Background
  /// Reads what has not been read yet.
  let reader: () throws(ImageError) -> any PictureReader

  /// Decodes the pixels, and turns them as they are to be seen.
  public func decode() throws(ImageError) -> Image {
    let reader = try self.reader()
    let stored = try reader.read(over: background)
    let seen = stored.orientation.applied(to: stored)
    let full = (width: reader.width, height: reader.height)
    return Image(
      width: seen.width, height: seen.height, channels: seen.channels, pixels: seen.pixels,
      full: stored.orientation.swapsSides ? (full.height, full.width) : full)
  }
}
