import FermImage
import Foundation
import Testing

@Suite("Encoded pictures") struct EncoderTests {
  private static func image(_ width: Int, _ height: Int, _ channels: Int) -> Image {
    let pixels = (0..<width * height * channels).map {
      UInt8(truncatingIfNeeded: 3 * ($0 / channels) / 2 + 90 * ($0 % channels))
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }

  @Test("a PNG gives back every pixel", arguments: [1, 3], [(1, 1), (21, 13), (400, 300)])
  func png(_ channels: Int, _ size: (Int, Int)) throws {
    let image = Self.image(size.0, size.1, channels)
    #expect(try ImageDecoder().decode(bytes: ImageEncoder.encode(image, as: .png)) == image)
  }

  @Test("a JPEG gives back nearly every pixel, and its colours at full size", arguments: [1, 3])
  func jpeg(_ channels: Int) throws {
    // Columns of two colours, one pixel wide each.
    let pixels = (0..<64 * 64 * channels).map {
      UInt8(($0 / channels) % 2 == 0 ? 200 : $0 % channels == 1 ? 60 : 190)
    }
    let image = Image(width: 64, height: 64, channels: channels, pixels: pixels)
    let back = try ImageDecoder().decode(bytes: ImageEncoder.encode(image, as: .jpeg(quality: 90)))
    #expect(back.channels == channels)
    #expect(zip(back.pixels, pixels).allSatisfy { abs(Int($0) - Int($1)) < 24 })
  }

  @Test("rows may come in any portions, and the bytes are taken as they come", arguments: [1, 7, 300])
  func portions(_ rows: Int) throws {
    let image = Self.image(400, 300, 3)
    for format in [ImageEncoder.Format.png, .jpeg(quality: 90)] {
      let encoder = try ImageEncoder(format, width: 400, height: 300, channels: 3, software: "ferm")
      var bytes: [UInt8] = []
      for y in stride(from: 0, to: 300, by: rows) {
        bytes += try encoder.append(Array(image.pixels[1200 * y..<1200 * min(y + rows, 300)]))
      }
      bytes += try encoder.finish()
      #expect(try bytes == ImageEncoder.encode(image, as: format, software: "ferm"))
    }
  }

  @Test("a picture tells which program it is of")
  func software() throws {
    let image = Self.image(30, 20, 3)
    for format in [ImageEncoder.Format.png, .jpeg(quality: 90)] {
      let ours = try ImageEncoder.encode(image, as: format, software: "fer-infer")
      #expect(ImageEncoder.begins(Array(ours.prefix(1024)), asMadeBy: "fer-infer"))
      #expect(!ImageEncoder.begins(Array(ours.prefix(1024)), asMadeBy: "another"))
      #expect(!ImageEncoder.begins(try ImageEncoder.encode(image, as: format), asMadeBy: "fer-infer"))
    }
    for fixture in Fixture.colourJPEG + Fixture.colourPNG {
      #expect(!ImageEncoder.begins(Array(try fixture.bytes.prefix(1024)), asMadeBy: "fer-infer"))
    }
  }

  @Test("sides that a format does not have are an error")
  func sides() {
    for (width, height) in [(0, 5), (5, 0), (1 << 33, 1), (-1, 4)] {
      #expect(throws: ImageError.self) { try ImageEncoder(.png, width: width, height: height, channels: 3) }
    }
    #expect(throws: ImageError.self) {
      try ImageEncoder(.jpeg(quality: 90), width: 65_501, height: 1, channels: 3)
    }
  }
}
