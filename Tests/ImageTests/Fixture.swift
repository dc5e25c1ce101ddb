import FermImage
import Foundation
import Testing

/// A file of the folder Fixtures, which `generate.py` there has made.
struct Fixture: CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }

  var path: String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  /// The encoded bytes.
  var bytes: [UInt8] {
    get throws { try [UInt8](Data(contentsOf: URL(filePath: path))) }
  }

  /// The pixels that the file must give.
  var expected: [UInt8] {
    get throws {
      let raw = URL(filePath: path).deletingPathExtension().appendingPathExtension("raw")
      return try [UInt8](Data(contentsOf: raw))
    }
  }
}

extension Fixture {
  static let width = 21
  static let height = 13

  static let greyPNG = of(
    "png", "grey1", "grey2", "grey2-interlaced", "grey4", "grey8", "grey16", "grey-alpha8")
  static let colourPNG = of(
    "png", "rgb8", "rgb8-interlaced", "rgb16", "rgb-key", "palette2", "palette8", "palette-alpha", "rgba8",
    "rgba8-interlaced")
  static let greyJPEG = of("jpg", "grey", "grey-progressive")
  static let colourJPEG = of(
    "jpg", "baseline", "baseline-444", "progressive", "restart", "rgb-stored", "cmyk", "cmyk-plain", "ycck")
  static let colourWebP = of("webp", "lossy", "lossless", "lossy-alpha", "lossless-alpha")
  static let bitmaps = of(
    "bmp", "bmp1", "bmp4", "bmp8", "bmp8-core", "bmp24", "bmp24-top-down", "bmp16", "bmp16-masks", "bmp32",
    "bmp32-alpha", "bmp8-runs", "bmp4-runs", "bmp8-gaps", "bmp8-grey")
  static let portableMaps =
    of("pbm", "text1", "packed4") + of("pgm", "text2", "binary5", "deep5")
    + of("ppm", "text3", "binary6", "seven6")
  /// One of each way through the decoders, small enough to damage in every place.
  static let damaged = [
    Fixture(name: "baseline.jpg"), Fixture(name: "progressive.jpg"), Fixture(name: "grey.jpg"),
    Fixture(name: "grey8.png"), Fixture(name: "palette-alpha.png"), Fixture(name: "rgba8-interlaced.png"),
    Fixture(name: "turned6.jpg"), Fixture(name: "turned6.png"),
    Fixture(name: "lossy-alpha.webp"), Fixture(name: "lossless.webp"), Fixture(name: "turned6.webp"),
    Fixture(name: "bmp4.bmp"), Fixture(name: "bmp32-alpha.bmp"), Fixture(name: "bmp8-runs.bmp"),
    Fixture(name: "text1.pbm"), Fixture(name: "binary6.ppm"),
  ]

  private static func of(_ type: String, _ names: String...) -> [Fixture] {
    names.map { Fixture(name: "\($0).\(type)") }
  }
}
