import FermImage
import Testing

@Suite("Pixels")
struct PixelTests {
  @Test("a grey PNG of any depth gives its exact 8-bit samples in one channel", arguments: Fixture.greyPNG)
  func greyPNG(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height && image.channels == 1)
    #expect(try image.pixels == fixture.expected)
  }

  @Test("a colour PNG gives its exact samples as RGB, transparency over white", arguments: Fixture.colourPNG)
  func colourPNG(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height && image.channels == 3)
    #expect(try image.pixels == fixture.expected)
  }

  @Test("16-bit transparency is laid over white within one step")
  func deepAlpha() throws {
    let fixture = Fixture(name: "rgba16.png")
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.channels == 3)
    #expect(try greatestDifference(image.pixels, fixture.expected) <= 1)
  }

  @Test("a grey JPEG keeps one channel and agrees with another decoder", arguments: Fixture.greyJPEG)
  func greyJPEG(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height && image.channels == 1)
    #expect(try greatestDifference(image.pixels, fixture.expected) <= 2)
  }

  @Test("a colour JPEG becomes RGB and agrees with another decoder", arguments: Fixture.colourJPEG)
  func colourJPEG(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height && image.channels == 3)
    #expect(try greatestDifference(image.pixels, fixture.expected) <= 2)
  }

  @Test("bytes after the end of an image are nobody's business", arguments: Fixture.damaged)
  func trailingBytes(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(try ImageDecoder().decode(bytes: fixture.bytes + [0, 1, 2, 3]) == image)
  }

  private func greatestDifference(_ one: [UInt8], _ other: [UInt8]) -> Int {
    guard one.count == other.count else { return .max }
    return zip(one, other).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }
}
