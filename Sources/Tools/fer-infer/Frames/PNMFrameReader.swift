import FermToolSupport

/// PGM and PPM pictures (netpbm's P5 and P6) one after another, as `ffmpeg -c:v ppm -f image2pipe` writes them.
struct PNMFrameReader: FrameReader {
  private let bytes: ByteRecords
  private let pixelLimit: Int

  init(_ bytes: ByteRecords, pixelLimit: Int) { (self.bytes, self.pixelLimit) = (bytes, pixelLimit) }

  mutating func next(isWanted: Bool) throws(FrameFault) -> (frame: RawFrame, width: Int, height: Int)? {
    let magic = bytes.take(2)
    if magic.isEmpty { return nil }
    guard magic.count == 2 else { throw .cut }
    guard magic[0] == UInt8(ascii: "P"), magic[1] == UInt8(ascii: "5") || magic[1] == UInt8(ascii: "6") else {
      throw FrameFault(words: "it does not begin with P5 or P6, so the stream is damaged")
    }
    var header = magic
    let width = try number(&header)
    let height = try number(&header)
    let largest = try number(&header)
    try FrameReaders.check(width: width, height: height, pixelLimit: pixelLimit)
    guard 1...65_535 ~= largest else {
      throw FrameFault(words: "its header has the largest value \(largest), and that is 1 to 65535")
    }
    let count = width * height * (magic[1] == UInt8(ascii: "6") ? 3 : 1) * (largest > 255 ? 2 : 1)
    let data = isWanted ? bytes.take(count) : []
    guard isWanted ? data.count == count : bytes.pass(count) == count else { throw .cut }
    return (.picture(isWanted ? header + data : []), width, height)
  }

  /// A number of the header, after white space and comments, with the one sign behind it.
  private func number(_ header: inout [UInt8]) throws(FrameFault) -> Int {
    var value: Int?
    var isComment = false
    while header.count < FrameReaders.longestHeader {
      guard let byte = bytes.nextByte() else { throw .cut }
      header.append(byte)
      let isSpace = byte == 0x20 || 0x09...0x0D ~= byte
      if isComment {
        isComment = byte != 0x0A && byte != 0x0D
      } else if 0x30...0x39 ~= byte {
        value = min((value ?? 0) * 10 + Int(byte - 0x30), 1 << 30)
      } else if isSpace, let value {
        return value
      } else if byte == UInt8(ascii: "#"), value == nil {
        isComment = true
      } else if !isSpace {
        throw FrameFault(words: "its header has something else where a number should be")
      }
    }
    throw FrameFault(words: "its header does not end within \(FrameReaders.longestHeader) bytes")
  }
}
