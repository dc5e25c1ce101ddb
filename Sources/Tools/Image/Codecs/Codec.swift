/// A file format that can be decoded. A new one is one file in this folder and one line in `all`.
struct Codec: Sendable {
  /// Whether data that starts like this is of the format.
  let recognises: @Sendable (_ start: [UInt8]) -> Bool
  /// Reads what comes before the pixels, and allocates nothing that grows with the image.
  let open: @Sendable (_ bytes: EncodedBytes) throws(ImageError) -> any PictureReader

  /// Every format, the likeliest first.
  static let all: [Codec] = [.jpeg, .png, .webp, .bitmap, .portableMap]

  /// The format of an image, told by its first bytes.
  static func of(_ bytes: EncodedBytes) throws(ImageError) -> Codec {
    guard bytes.count > 0 else { throw .empty }
    let start = bytes.prefix(18)
    guard let codec = all.first(where: { $0.recognises(start) }) else { throw .unknownType }
    return codec
  }
}

/// A picture whose header has been read.
protocol PictureReader {
  /// Its size as stored, in pixels.
  var width: Int { get }
  var height: Int { get }
  /// The most bytes that reading will hold at once, the pixels among them.
  var memory: Int { get }

  /// Makes reading give fewer pixels, 1 / denominator (2, 4 or 8) of each side, if the format can.
  mutating func reduce(by denominator: Int)

  /// Decodes, once.
  func read(over background: Background) throws(ImageError) -> Picture
}

extension PictureReader {
  mutating func reduce(by denominator: Int) {}
}

/// What a codec makes: rows of 8-bit grey or RGB as they are stored, not yet turned.
struct Picture {
  let width: Int
  let height: Int
  let channels: Int
  let pixels: [UInt8]
  var orientation = Orientation.upright
}
