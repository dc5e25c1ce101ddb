import FermToolSupport

/// JPEG pictures one after another, as `ffmpeg -c:v mjpeg -f image2pipe` and cameras write them.
///
/// A picture ends where its markers say so: the end marker of a thumbnail within it is in a segment, which is passed over.
struct JPEGFrameReader: FrameReader {
  private let bytes: ByteRecords
  /// Whether the start marker of the next picture is read already: the last one had no end marker.
  private var hasBegun = false

  /// No frame is longer.
  private static let longest = 64 << 20

  init(_ bytes: ByteRecords) { self.bytes = bytes }

  mutating func next(isWanted: Bool) throws(FrameFault) -> (frame: RawFrame, width: Int, height: Int)? {
    guard try begin() else { return nil }
    var picture: [UInt8] = [0xFF, 0xD8]
    var size: (width: Int, height: Int)?
    // Whether the FF before a marker has been read.
    var isMarked = false
    while true {
      let marker = try marker(isMarked: isMarked)
      isMarked = false
      if marker == 0xD8 {
        hasBegun = true
        break
      }
      picture += [0xFF, marker]
      if marker == 0xD9 { break }
      // TEM and restarts have no content.
      guard marker != 0x01, !(0xD0...0xD7 ~= marker) else { continue }
      let segment = try segment()
      picture += segment
      if 0xC0...0xCF ~= marker, ![0xC4, 0xC8, 0xCC].contains(marker), segment.count >= 7 {
        size = (Int(segment[5]) << 8 | Int(segment[6]), Int(segment[3]) << 8 | Int(segment[4]))
      }
      if marker == 0xDA {
        try scan(into: &picture)
        isMarked = true
      }
      guard picture.count <= Self.longest else { throw Self.tooLong }
    }
    guard let size else { throw FrameFault(words: "it is a JPEG without a size, so the stream is damaged") }
    return (.picture(isWanted ? picture : []), size.width, size.height)
  }

  private static let tooLong = FrameFault(words: "its JPEG does not end within \(longest) bytes")

  /// Reads a start marker, after zeros that some cameras fill up with; false at the end.
  private mutating func begin() throws(FrameFault) -> Bool {
    if hasBegun {
      hasBegun = false
      return true
    }
    var zeros = 0
    while bytes.peek(1).first == 0 {
      bytes.skip(1)
      zeros += 1
      guard zeros <= Self.longest else { throw Self.tooLong }
    }
    let start = Array(bytes.peek(2))
    bytes.skip(start.count)
    if start.isEmpty { return false }
    guard start == [0xFF, 0xD8] else {
      throw FrameFault(words: "it does not begin as a JPEG does, so the stream is damaged")
    }
    return true
  }

  /// The code of the marker that comes next, which may have any number of FF before it.
  private func marker(isMarked: Bool) throws(FrameFault) -> UInt8 {
    if !isMarked {
      guard let byte = bytes.nextByte() else { throw .cut }
      guard byte == 0xFF else {
        throw FrameFault(words: "its JPEG is damaged: there is no marker where one should be")
      }
    }
    for _ in 0..<Self.longest {
      guard let byte = bytes.nextByte() else { throw .cut }
      if byte != 0xFF { return byte }
    }
    throw Self.tooLong
  }

  /// A segment with its length.
  private func segment() throws(FrameFault) -> [UInt8] {
    let length = bytes.take(2)
    guard length.count == 2 else { throw .cut }
    let count = Int(length[0]) << 8 | Int(length[1])
    guard count >= 2 else { throw FrameFault(words: "its JPEG is damaged: a segment has no length") }
    let content = bytes.take(count - 2)
    guard content.count == count - 2 else { throw .cut }
    return length + content
  }

  /// Adds coded pixels, up to the next marker that is no restart; its FF has been read then.
  private func scan(into picture: inout [UInt8]) throws(FrameFault) {
    while true {
      let room = Self.longest - picture.count
      guard room > 0 else { throw Self.tooLong }
      let data = bytes.next(endingWith: 0xFF, limit: room) ?? []
      guard data.count <= room else { throw Self.tooLong }
      picture += data
      guard let code = bytes.peek(1).first else { throw .cut }
      guard code == 0 || 0xD0...0xD7 ~= code else { return }
      picture += [0xFF, code]
      bytes.skip(1)
    }
  }
}
