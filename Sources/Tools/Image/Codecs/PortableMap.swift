extension Codec {
  /// PBM, PGM and PPM (netpbm's P1 to P6), one picture a file.
  static let portableMap = Codec(
    recognises: { start in
      start.count > 2 && start[0] == UInt8(ascii: "P") && (UInt8(ascii: "1")...UInt8(ascii: "6") ~= start[1])
        && (PortableMapReader.isSpace(start[2]) || start[2] == UInt8(ascii: "#"))
    },
    open: { bytes throws(ImageError) in try PortableMapReader(bytes) })
}

/// Reads what netpbm's manual pages pbm(5), pgm(5) and ppm(5) describe.
private struct PortableMapReader: PictureReader {
  let width: Int
  let height: Int
  private let channels: Int
  /// The largest sample; 1 for bitmaps, in which 1 is black.
  private let largest: Int
  private let isBitmap: Bool
  private let isText: Bool
  private let bytes: EncodedBytes
  private let start: Int

  var memory: Int { width * height * channels }

  init(_ bytes: EncodedBytes) throws(ImageError) {
    let kind = Int(bytes[1] - UInt8(ascii: "0"))
    isText = kind <= 3
    isBitmap = kind == 1 || kind == 4
    channels = kind == 3 || kind == 6 ? 3 : 1
    self.bytes = bytes
    var place = 2
    width = try Self.number(in: bytes, at: &place, of: 1...Int(Int32.max))
    height = try Self.number(in: bytes, at: &place, of: 1...Int(Int32.max))
    largest = isBitmap ? 1 : try Self.number(in: bytes, at: &place, of: 1...65_535)
    if place < bytes.count, bytes[place] == UInt8(ascii: "#") {
      while place < bytes.count, bytes[place] != 0x0A, bytes[place] != 0x0D { place += 1 }
    }
    // One single space ends the header; the next byte may look like another.
    guard place < bytes.count, Self.isSpace(bytes[place]) else { throw .decode("the header does not end") }
    start = place + 1
  }

  func read(over background: Background) throws(ImageError) -> Picture {
    let pixels = isText ? try textSamples() : isBitmap ? try packedBits() : try binarySamples()
    return Picture(width: width, height: height, channels: channels, pixels: pixels)
  }

  private func textSamples() throws(ImageError) -> [UInt8] {
    let count = width * height * channels
    // Each takes a byte, and a space where they are numbers: a short file must not have memory promised to it.
    guard bytes.count - start >= (isBitmap ? count : 2 * count - 1) else { throw Self.early }
    var pixels = [UInt8]()
    pixels.reserveCapacity(count)
    var place = start
    while pixels.count < count {
      if isBitmap {
        try Self.skipSpace(in: bytes, at: &place)
        guard bytes[place] == UInt8(ascii: "0") || bytes[place] == UInt8(ascii: "1") else {
          throw Self.digits
        }
        pixels.append(bytes[place] == UInt8(ascii: "1") ? 0 : 255)
        place += 1
      } else {
        pixels.append(scaled(try Self.number(in: bytes, at: &place, of: 0...largest)))
      }
    }
    return pixels
  }

  private func packedBits() throws(ImageError) -> [UInt8] {
    let stride = (width + 7) / 8
    guard bytes.count - start >= stride * height else { throw Self.early }
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        pixels.append(bytes[start + y * stride + x / 8] & (0x80 >> UInt8(x % 8)) != 0 ? 0 : 255)
      }
    }
    return pixels
  }

  private func binarySamples() throws(ImageError) -> [UInt8] {
    let count = width * height * channels
    let size = largest > 255 ? 2 : 1
    guard bytes.count - start >= count * size else { throw Self.early }
    if largest == 255 { return bytes[start..<(start + count)] }
    var pixels = [UInt8]()
    pixels.reserveCapacity(count)
    for place in stride(from: start, to: start + count * size, by: size) {
      let value = size == 1 ? Int(bytes[place]) : Int(bytes[place]) << 8 | Int(bytes[place + 1])
      guard value <= largest else { throw .decode("a sample is larger than the header allows") }
      pixels.append(scaled(value))
    }
    return pixels
  }

  /// A sample as one of 0 to 255, to the nearest.
  private func scaled(_ value: Int) -> UInt8 { UInt8((value * 255 + largest / 2) / largest) }

  private static let early = ImageError.decode("the file ends early")
  private static let digits = ImageError.decode("something else stands where a number should")

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Passes over white space and comments, to a byte that is there.
  private static func skipSpace(in bytes: EncodedBytes, at place: inout Int) throws(ImageError) {
    var isComment = false
    while place < bytes.count {
      let byte = bytes[place]
      if isComment {
        isComment = byte != 0x0A && byte != 0x0D
      } else if byte == UInt8(ascii: "#") {
        isComment = true
      } else if !isSpace(byte) {
        return
      }
      place += 1
    }
    throw early
  }

  private static func number(in bytes: EncodedBytes, at place: inout Int, of range: ClosedRange<Int>)
    throws(ImageError) -> Int
  {
    try skipSpace(in: bytes, at: &place)
    guard 0x30...0x39 ~= bytes[place] else { throw digits }
    var value = 0
    while place < bytes.count, 0x30...0x39 ~= bytes[place] {
      value = value * 10 + Int(bytes[place] - 0x30)
      guard value <= range.upperBound else { throw .decode("a number is larger than it may be") }
      place += 1
    }
    guard value >= range.lowerBound else { throw .decode("a number is smaller than it may be") }
    return value
  }
}
