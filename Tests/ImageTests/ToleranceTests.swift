import FermImage
import Testing

/// Slips of a writer that cost no pixel: every viewer shows such files.
@Suite("Tolerance")
struct ToleranceTests {
  @Test(
    "a JPEG whose scans state other spectral limits has all its pixels",
    arguments: ["baseline.jpg", "grey.jpg"])
  func spectralLimits(_ name: String) throws {
    let bytes = try Fixture(name: name).bytes
    var slipped = bytes
    let scan = try #require(bytes.firstRange(of: [0xFF, 0xDA])).lowerBound
    let end = scan + 2 + Int(bytes[scan + 2]) << 8 + Int(bytes[scan + 3])
    slipped.replaceSubrange(end - 3..<end, with: [0, 0, 0])
    try #require(slipped != bytes)
    #expect(try decode(slipped) == decode(bytes))
  }

  @Test(
    "stray bytes between a JPEG's markers, and before its end, are passed over",
    arguments: [[0xFF, 0xDB], [0xFF, 0xC4], [0xFF, 0xDA], [0xFF, 0xD9]] as [[UInt8]],
    [[0], [1, 2, 3, 4, 5]] as [[UInt8]])
  func strayBytes(_ marker: [UInt8], _ stray: [UInt8]) throws {
    let bytes = try Fixture(name: "baseline.jpg").bytes
    let place = try #require(bytes.ranges(of: marker).last).lowerBound
    #expect(try decode(bytes[..<place] + stray + bytes[place...]) == decode(bytes))
  }

  @Test(
    "a JPEG without its end marker has all its pixels",
    arguments: ["baseline.jpg", "grey.jpg", "progressive.jpg", "restart.jpg"])
  func noEnd(_ name: String) throws {
    let bytes = try Fixture(name: name).bytes
    #expect(try decode(bytes.dropLast(2)) == decode(bytes))
  }

  @Test("a JPEG with a newer JFIF version, or an unknown colour transform, is decoded")
  func versions() throws {
    let bytes = try Fixture(name: "baseline.jpg").bytes
    var newer = bytes
    newer[try #require(bytes.firstRange(of: Array("JFIF".utf8))).lowerBound + 5] = 9
    #expect(try decode(newer) == decode(bytes))
    let adobe: [UInt8] = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 7]
    #expect(try decode(bytes[..<2] + adobe + bytes[2...]) == decode(bytes))
  }

  @Test("a JPEG that lost a part of a scan is an error, whatever comes after")
  func lostScans() throws {
    for name in ["baseline.jpg", "restart.jpg", "progressive.jpg"] {
      let bytes = try Fixture(name: name).bytes
      let scan = try #require(bytes.firstRange(of: [0xFF, 0xDA])).upperBound
      let middle = name == "progressive.jpg" ? scan + 16 : (scan + bytes.count) / 2
      #expect(throws: ImageError.self) { try decode(bytes[..<middle] + [0xFF, 0xD9]) }
    }
    // A restart that comes too early leaves bytes over.
    let bytes = try Fixture(name: "restart.jpg").bytes
    let restart = try #require(bytes.firstRange(of: [0xFF, 0xD0])).lowerBound
    #expect(throws: ImageError.self) {
      try decode(bytes[..<restart] + [UInt8](repeating: 1, count: 64) + bytes[restart...])
    }
  }

  @Test("a progressive JPEG that ends between two scans, unannounced, is an error")
  func lostRefinements() throws {
    let bytes = try Fixture(name: "progressive.jpg").bytes
    let last = try #require(bytes.ranges(of: [0xFF, 0xDA]).last).lowerBound
    #expect(throws: ImageError.self) { try decode(Array(bytes[..<last])) }
  }

  @Test("a damaged sum of a PNG's text is passed over, one of its transparency or its pixels is not")
  func sums() throws {
    let bytes = try Fixture(name: "palette-alpha.png").bytes
    let text: [UInt8] = [0, 0, 0, 3] + Array("tEXta".utf8) + [0, 0x62, 1, 2, 3, 4]
    let start = 33  // after the signature and IHDR
    #expect(try decode(bytes[..<start] + text + bytes[start...]) == decode(bytes))
    for chunk in ["tRNS", "IDAT"] {
      var damaged = bytes
      damaged[try #require(bytes.firstRange(of: Array(chunk.utf8))).upperBound] ^= 1
      #expect(throws: ImageError.self) { try decode(damaged) }
    }
  }

  @Test("a bitmap with a longer header, no offset, too many colours or no last padding is decoded")
  func bitmaps() throws {
    let palette = try Fixture(name: "bmp4.bmp").bytes
    let image = try decode(palette)
    var slipped = palette
    slipped.replaceSubrange(10..<14, with: [0, 0, 0, 0])
    #expect(try decode(slipped) == image)
    slipped = palette
    slipped.replaceSubrange(46..<50, with: [0, 1, 0, 0])
    #expect(try decode(slipped) == image)
    slipped = palette
    slipped[10] += 24
    slipped[14] += 24
    slipped.insert(contentsOf: [UInt8](repeating: 0, count: 24), at: 54)
    #expect(try decode(slipped) == image)
    let rows = try Fixture(name: "bmp24.bmp").bytes
    #expect(try decode(rows.dropLast(1)) == decode(rows))
    let runs = try Fixture(name: "bmp8-runs.bmp").bytes
    try #require(runs.suffix(2) == [0, 1])
    #expect(try decode(runs.dropLast(2)) == decode(runs))
  }

  @Test("a portable map may have a comment anywhere in its header")
  func comments() throws {
    let image = try decode(Array("P2#a\n2 # b\n1#c\n255#d\n7 8".utf8))
    #expect(image.width == 2 && image.height == 1 && image.pixels == [7, 8])
    #expect(try decode(Array("P5 2 1 255#d\n\u{7}\u{8}".utf8)).pixels == [7, 8])
  }

  @Test("the orientation is found in either byte order, and only where it belongs")
  func orientation() throws {
    let bytes = try Fixture(name: "baseline.jpg").bytes
    func turned(_ tiff: [UInt8]) throws -> Bool {
      let exif = Array("Exif\0\0".utf8) + tiff
      let marker: [UInt8] = [0xFF, 0xE1, UInt8((exif.count + 2) >> 8), UInt8((exif.count + 2) & 255)]
      return try decode(bytes[..<2] + marker + exif + bytes[2...]).width == Fixture.height
    }
    let big: [UInt8] = Array("MM".utf8) + [0, 42, 0, 0, 0, 8]
    let little: [UInt8] = Array("II".utf8) + [42, 0, 8, 0, 0, 0]
    #expect(try turned(big + [0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]))
    #expect(try turned(little + [1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]))
    #expect(try !turned(little + [1, 0, 0x12, 1, 4, 0, 1, 0, 0, 0, 6, 0, 0, 0]), "another type")
    #expect(try !turned(little + [1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 9, 0, 0, 0]), "no orientation")
    #expect(try !turned(little + [1, 0, 0x12, 1, 3, 0, 1, 0, 0]), "cut short")
    #expect(try !turned(Array("II".utf8) + [42, 0, 255, 255, 255, 255]), "a directory beyond the end")
    // Thousands of pointers to one directory cost nothing.
    let pointers = (0..<5000).flatMap { _ in [0x69, 0x87, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0] as [UInt8] }
    #expect(try turned(little + [0x89, 0x13] + pointers + [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]))
  }

  private func decode(_ bytes: some Sequence<UInt8>) throws -> Image {
    try ImageDecoder().decode(bytes: Array(bytes))
  }
}
