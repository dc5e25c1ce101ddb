import FermImage
import Testing

@Suite("Damage")
struct DamageTests {
  @Test("an image cut off anywhere is an error, or has all its pixels", arguments: Fixture.damaged)
  func truncation(_ fixture: Fixture) throws {
    let whole = try fixture.bytes
    let image = try ImageDecoder().decode(bytes: whole)
    for length in whole.indices {
      guard let cut = try? ImageDecoder().decode(bytes: Array(whole[..<length])) else { continue }
      // No more may be missing than a run-length bitmap's last two marks.
      #expect(cut == image && length >= whole.count - 4, "cut to \(length) bytes")
    }
  }

  @Test("a truncated JPEG is an error that says so")
  func truncatedJPEG() throws {
    let whole = try Fixture(name: "baseline.jpg").bytes
    #expect(throws: ImageError.decode("Premature end of JPEG file")) {
      try ImageDecoder().decode(bytes: whole.dropLast(40))
    }
  }

  @Test("a truncated PNG is an error that says so")
  func truncatedPNG() throws {
    let whole = try Fixture(name: "rgb8.png").bytes
    #expect(throws: ImageError.decode("the file ends early")) {
      try ImageDecoder().decode(bytes: whole.dropLast(12))
    }
  }

  @Test(
    "every single-bit flip in a PNG is an error",
    arguments: Fixture.damaged.filter { $0.name.hasSuffix("png") })
  func flippedPNG(_ fixture: Fixture) throws {
    try forEachFlip(of: fixture.bytes) { flipped, bit in
      #expect(throws: ImageError.self, "bit \(bit)") { try ImageDecoder().decode(bytes: flipped) }
    }
  }

  @Test(
    "a single-bit flip in a format without checksums gives an error or a whole image",
    arguments: Fixture.damaged.filter { !$0.name.hasSuffix("png") })
  func flippedOther(_ fixture: Fixture) throws {
    try forEachFlip(of: fixture.bytes) { flipped, bit in
      guard let image = try? ImageDecoder(pixelLimit: 1_000_000).decode(bytes: flipped) else { return }
      #expect(image.pixels.count == image.width * image.height * image.channels, "bit \(bit)")
    }
  }

  @Test("a header of 60000 x 60000 pixels is refused before anything is decoded")
  func headerBomb() throws {
    #expect(throws: ImageError.tooLarge(width: 60000, height: 60000, limit: 100_000_000)) {
      try ImageDecoder().decode(bytes: Fixture(name: "bomb.png").bytes)
    }
  }

  @Test("a picture with an endless side is refused for that side, before anything is decoded")
  func longSide() throws {
    let text = Array("P5 1 65536 255\n".utf8) + [UInt8](repeating: 0, count: 65536)
    #expect(throws: ImageError.sideTooLong(width: 1, height: 65536, limit: 65535)) {
      try ImageDecoder().decode(bytes: text)
    }
    var bytes = try Fixture(name: "baseline.jpg").bytes
    let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
    bytes.replaceSubrange(frame + 5..<frame + 7, with: [0xFF, 0xFF])
    #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes: bytes) }
  }

  @Test(
    "the pixel limit is exact",
    arguments: ["baseline.jpg", "rgb8.png", "lossy.webp", "bmp24.bmp", "binary5.pgm"])
  func pixelLimit(_ name: String) throws {
    let bytes = try Fixture(name: name).bytes
    let pixels = Fixture.width * Fixture.height
    #expect(throws: Never.self) { try ImageDecoder(pixelLimit: pixels).decode(bytes: bytes) }
    #expect(
      throws: ImageError.tooLarge(width: Fixture.width, height: Fixture.height, limit: pixels - 1)
    ) {
      try ImageDecoder(pixelLimit: pixels - 1).decode(bytes: bytes)
    }
  }

  @Test("what would take more memory than the limit allows is refused, though its pixels are few enough")
  func memoryLimit() throws {
    // A progressive CMYK image keeps all its coefficients, two bytes each, until the last scan.
    var bytes = try Fixture(name: "progressive.jpg").bytes
    let frame = try #require(bytes.firstRange(of: [0xFF, 0xC2])).lowerBound
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x27, 0x10, 0x27, 0x10])
    bytes[frame + 11] = 0x11
    #expect(throws: ImageError.tooMuchMemory(bytes: 900_000_000, limit: 500_000_000)) {
      try ImageDecoder().decode(bytes: bytes)
    }
  }

  @Test("an animation is refused, because no one picture is the file's")
  func animation() throws {
    #expect(throws: ImageError.decode("it is an animation, not one picture")) {
      try ImageDecoder().decode(bytes: Fixture(name: "animation.webp").bytes)
    }
  }

  @Test(
    "text that asks for more than the file holds is refused",
    arguments: [
      "P2 9999 9999 255\n1 2 3", "P1 9999 9999\n01", "P5 0 4 255\n", "P5 4 4 65536\n", "P6 4 4 255",
      "P6 99999999999999999999 4 255\n", "P5 -4 4 255\n", "P3 1 1 255\n1 2 x", "P3 1 1 3\n1 2 4",
      "P1 2 1\n02",
    ])
  func portableMaps(_ text: String) {
    #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes: Array(text.utf8)) }
  }

  @Test("a JPEG of a few scans is decoded, one of very many is refused")
  func scans() throws {
    #expect(try ImageDecoder().decode(bytes: jpeg(scans: 99)).pixels.count == 8 * 8 * 3)
    #expect(throws: ImageError.decode("more than 100 scans")) {
      try ImageDecoder().decode(bytes: jpeg(scans: 150))
    }
  }

  /// Eight by eight pixels whose three components come in scans of their own, again and again.
  private func jpeg(scans: Int) throws -> [UInt8] {
    var bytes = try Fixture(name: "baseline-444.jpg").bytes
    let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0, 8, 0, 8])
    bytes.removeSubrange(try #require(bytes.firstRange(of: [0xFF, 0xDA])).lowerBound...)
    for scan in 0..<scans {
      bytes += [0xFF, 0xDA, 0, 8, 1, UInt8(1 + scan % 3), 0, 0, 63, 0]
      // One block in the standard's tables: a DC difference of zero (00), end of block (1010), padding (11).
      bytes.append(0b0010_1011)
    }
    return bytes + [0xFF, 0xD9]
  }

  private func forEachFlip(of bytes: [UInt8], _ body: ([UInt8], Int) -> Void) throws {
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      body(flipped, bit)
    }
  }
}
