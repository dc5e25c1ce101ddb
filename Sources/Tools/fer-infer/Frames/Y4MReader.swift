import FermFiles
import FermToolSupport

/// Frames of a YUV4MPEG2 stream, as `ffmpeg -f yuv4mpegpipe` and mjpegtools write it (yuv4mpeg(5)).
struct Y4MReader: FrameReader {
  static let signature = "YUV4MPEG2 "

  let rate: FrameRate?
  let notes: [String]
  let layout: PlanarLayout
  private let bytes: ByteRecords

  /// Reads the header.
  init(_ bytes: ByteRecords, pixelLimit: Int) throws(FrameFault) {
    self.bytes = bytes
    let line = try Self.line(of: bytes)
    guard let line else { throw .cut }
    var (width, height): (Int?, Int?)
    var (chroma, range, rate) = (PlanarLayout.Chroma.half, "", FrameRate?.none)
    var notes: [String] = []
    for word in line.split(separator: " ").dropFirst() {
      let value = String(word.dropFirst())
      switch word.first {
      case "W": width = Int(value)
      case "H": height = Int(value)
      case "F": rate = try Self.rate(value)
      case "C": chroma = try Self.chroma(value)
      case "I" where ["t", "b", "m"].contains(value):
        notes.append(
          "the stream is interlaced, and its fields are not separated; ffmpeg -vf yadif does that.")
      case "X" where value.hasPrefix("COLORRANGE="): range = String(value.dropFirst(11))
      default: continue  // pixels' shape, comments
      }
    }
    guard let width, let height else {
      throw FrameFault(words: "its header does not say how large frames are")
    }
    try FrameReaders.check(width: width, height: height, pixelLimit: pixelLimit)
    (self.rate, self.notes) = (rate, notes)
    layout = PlanarLayout(
      width: width, height: height, chroma: chroma,
      // Grey has the full range where nobody says otherwise; 420jpeg names the places of samples alone.
      isFullRange: range == "FULL" || chroma == .grey && range != "LIMITED")
  }

  mutating func next(isWanted: Bool) throws(FrameFault) -> (frame: RawFrame, width: Int, height: Int)? {
    guard let line = try Self.line(of: bytes) else { return nil }
    guard line == "FRAME" || line.hasPrefix("FRAME ") else {
      throw FrameFault(words: "it does not begin with FRAME, so the stream is damaged")
    }
    let data = isWanted ? bytes.take(layout.byteCount) : []
    guard isWanted ? data.count == layout.byteCount : bytes.pass(layout.byteCount) == layout.byteCount else {
      throw .cut
    }
    return (.planes(PlanarFrame(layout: layout, bytes: data)), layout.width, layout.height)
  }

  /// The next line; nil at the end.
  private static func line(of bytes: ByteRecords) throws(FrameFault) -> String? {
    let newline = UInt8(ascii: "\n")
    let start = bytes.peek(FrameReaders.longestHeader + 1) { $0 == newline }
    guard !start.isEmpty else { return nil }
    guard start.last == newline else {
      guard start.count <= FrameReaders.longestHeader else {
        throw FrameFault(words: "its header does not end within \(FrameReaders.longestHeader) bytes")
      }
      throw .cut
    }
    let text = FilePath(bytes: Array(start.dropLast())).text
    bytes.skip(start.count)
    return text
  }

  /// Frames a second; nil for 0:0, which says that they are not known.
  private static func rate(_ value: String) throws(FrameFault) -> FrameRate? {
    if value == "0:0" { return nil }
    guard let rate = FrameRate(value) else {
      throw FrameFault(words: "its header has the rate \(value.printable), which is none")
    }
    return rate
  }

  private static func chroma(_ value: String) throws(FrameFault) -> PlanarLayout.Chroma {
    switch value {
    case "420", "420jpeg", "420mpeg2", "420paldv": return .half
    case "422": return .halfAcross
    case "444": return .full
    case "mono": return .grey
    default:
      throw FrameFault(
        words:
          "its samples are \(value.printable), and only 8 bits of 420, 422, 444 and mono are read; ffmpeg's -pix_fmt yuv420p gives these"
      )
    }
  }
}
