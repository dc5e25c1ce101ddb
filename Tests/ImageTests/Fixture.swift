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
  /// One of each way through the decoders, small enough to damage in every place.
  static let damaged = [
    Fixture(name: "baseline.jpg"), Fixture(name: "progressive.jpg"), Fixture(name: "grey.jpg"),
    Fixture(name: "grey8.png"), Fixture(name: "palette-alpha.png"), Fixture(name: "rgba8-interlaced.png"),
  ]

  private static func of(_ type: String, _ names: String...) -> [Fixture] {
    names.map { Fixture(name: "\($0).\(type)") }
  }
}
