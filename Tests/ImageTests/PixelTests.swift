import FermImage
import Foundation
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

  @Test("a WebP becomes RGB and agrees with another decoder", arguments: Fixture.colourWebP)
  func webp(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height && image.channels == 3)
    #expect(try greatestDifference(image.pixels, fixture.expected) <= 2)
  }

  @Test("a bitmap of any depth and compression gives its exact samples", arguments: Fixture.bitmaps)
  func bitmap(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height)
    #expect(image.channels == (fixture.name == "bmp8-grey.bmp" ? 1 : 3))
    #expect(try image.pixels == fixture.expected)
  }

  @Test("a portable map in text or binary gives its exact samples", arguments: Fixture.portableMaps)
  func portableMap(_ fixture: Fixture) throws {
    let image = try ImageDecoder().decode(bytes: fixture.bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height)
    #expect(image.channels == (fixture.name.hasSuffix("ppm") ? 3 : 1))
    #expect(try image.pixels == fixture.expected)
  }

  @Test(
    "transparency is laid over the background that is asked for",
    arguments: ["rgba8.png", "lossless-alpha.webp", "bmp32-alpha.bmp"])
  func background(_ name: String) throws {
    let bytes = try Fixture(name: name).bytes
    let black = try ImageDecoder(background: #require(Background(hex: "000000"))).decode(bytes: bytes)
    let orange = try ImageDecoder(background: #require(Background(hex: "ff8000"))).decode(bytes: bytes)
    // The first pixel is wholly clear, the second not at all.
    #expect(black.pixels.prefix(3) == [0, 0, 0])
    #expect(orange.pixels.prefix(3) == [255, 128, 0])
    #expect(black.pixels[3..<6] == orange.pixels[3..<6])
    let grey = try ImageDecoder(background: #require(Background(hex: "ff0000"))).decode(
      bytes: Fixture(name: "grey-alpha8.png").bytes)
    #expect(grey.channels == 1 && grey.pixels[0] == 76)
  }

  @Test(
    "a colour is six hexadecimal digits", arguments: ["", "fff", "#ffffff", "+12345", "ggffff", "ff00000"])
  func notColours(_ text: String) { #expect(Background(hex: text) == nil) }

  @Test("each of the eight EXIF orientations is turned upright", arguments: 1...8, ["png", "webp", "jpg"])
  func orientation(_ orientation: Int, _ type: String) throws {
    let image = try ImageDecoder().decode(bytes: Fixture(name: "turned\(orientation).\(type)").bytes)
    #expect(image.width == Fixture.width && image.height == Fixture.height)
    let difference = try greatestDifference(image.pixels, Fixture(name: "turned.raw").bytes)
    #expect(type == "jpg" ? difference <= 40 : difference == 0)
  }

  @Test(
    "a photo may be decoded at a part of its size, upright, and tells its full size",
    arguments: [1, 2, 3, 4, 8, 99])
  func reduction(_ largest: Int) throws {
    let (width, height) = (16 * Fixture.width, 16 * Fixture.height)
    let image = try ImageDecoder().open(bytes: Fixture(name: "photo.jpg").bytes) {
      #expect($0 == height && $1 == width, "the rule sees the stored size")
      return largest
    }.decode()
    let reduction = [8: 8, 99: 8, 4: 4, 3: 2, 2: 2][largest] ?? 1
    try #require(image.width == width / reduction && image.height == height / reduction)
    #expect(image.fullWidth == width && image.fullHeight == height)
    let whole = try ImageDecoder().decode(bytes: Fixture(name: "photo.png").bytes)
    try #require(whole.width == width && whole.height == height)
    // Each pixel is about the mean of those that it stands for.
    var sum = 0
    for y in 0..<image.height {
      for x in 0..<image.width {
        for channel in 0..<3 {
          var mean = 0
          for dy in 0..<reduction {
            for dx in 0..<reduction {
              mean += Int(whole.pixels[((y * reduction + dy) * width + x * reduction + dx) * 3 + channel])
            }
          }
          sum += abs(mean / (reduction * reduction) - Int(image.pixels[(y * image.width + x) * 3 + channel]))
        }
      }
    }
    #expect(Double(sum) / Double(image.pixels.count) < 2)
  }

  @Test("a written PNG gives the same pixels", arguments: ["grey8.png", "rgb8.png"])
  func written(_ name: String) throws {
    let image = try ImageDecoder().decode(bytes: Fixture(name: name).bytes)
    let path = Array("\(NSTemporaryDirectory())/ferm-\(UUID().uuidString).png".utf8)
    try PNGFile.write(image, to: path)
    #expect(try ImageDecoder().decode(path: path) == image)
    #expect(throws: ImageError.unwritable("No such file or directory")) {
      try PNGFile.write(image, to: Array("/nowhere/a.png".utf8))
    }
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
