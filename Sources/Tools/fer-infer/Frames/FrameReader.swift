import FermToolSupport

/// A frame as the stream has it, not decoded yet.
enum RawFrame: Sendable {
  /// A file of its own.
  case picture([UInt8])
  case planes(PlanarFrame)
}

/// Why a stream has no next frame, though it has not ended: the end of a sentence that begins with the frame.
struct FrameFault: Error {
  let words: String

  /// The stream ends within a frame.
  static let cut = FrameFault(words: "the stream ends in the middle of it")
}

/// Cuts a stream into frames.
protocol FrameReader {
  /// Frames a second, where the stream says it.
  var rate: FrameRate? { get }
  /// What is worth saying of the stream, though nothing is wrong.
  var notes: [String] { get }

  /// The next frame with its size in pixels; nil at the end.
  ///
  /// - Parameter isWanted: whether to give it; otherwise it is read past, and what is given of it has no bytes.
  mutating func next(isWanted: Bool) throws(FrameFault) -> (frame: RawFrame, width: Int, height: Int)?
}

extension FrameReader {
  var rate: FrameRate? { nil }
  var notes: [String] { [] }
}

/// The kinds of streams, told by their first bytes. A new one is one file in this folder and one line here.
enum FrameReaders {
  /// No header of a stream or of a frame is longer.
  static let longestHeader = 4096

  /// What reads a stream; nil for one that is none of these.
  ///
  /// - Parameter pixelLimit: the most pixels a frame may have.
  static func reader(of bytes: ByteRecords, pixelLimit: Int) throws(FrameFault) -> (any FrameReader)? {
    let start = Array(bytes.peek(10))
    if start.starts(with: Array(Y4MReader.signature.utf8)) {
      return try Y4MReader(bytes, pixelLimit: pixelLimit)
    }
    if start.starts(with: [0xFF, 0xD8, 0xFF]) { return JPEGFrameReader(bytes) }
    if start.starts(with: Array("P5".utf8)) || start.starts(with: Array("P6".utf8)) {
      return PNMFrameReader(bytes, pixelLimit: pixelLimit)
    }
    return nil
  }

  /// Holds a frame's size against the limits of pictures.
  static func check(width: Int, height: Int, pixelLimit: Int) throws(FrameFault) {
    guard 1...65_535 ~= width, 1...65_535 ~= height else {
      throw FrameFault(words: "\(width) x \(height) pixels make no frame; a side has 1 to 65535")
    }
    guard width * height <= pixelLimit else {
      throw FrameFault(
        words:
          "it has \(width) x \(height) pixels, more than the limit of \(pixelLimit); --max-pixels raises it")
    }
  }
}
