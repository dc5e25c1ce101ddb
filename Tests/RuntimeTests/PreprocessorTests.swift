import FermFormat
import Foundation
import TestSupport
import Testing

@testable import FermRuntime

/// Tests/Golden/resize.py wrote the expected pixels with Pillow.
@Suite("Preprocessing")
struct PreprocessorTests {
  private struct Golden: Decodable {
    let width: Int
    let height: Int
    let channels: Int
    let pixels: [UInt8]
    let expected: [UInt8]
  }

  private func resized(
    _ recipe: Preprocessing, _ pixels: [UInt8], width: Int, height: Int, channels: Int, stride: Int? = nil
  ) throws -> [UInt8] {
    let image = try PixelImage(pixels, width: width, height: height, channels: channels, stride: stride)
    return try Preprocessor(recipe).resized(image).pixels
  }

  private func recipe(_ side: Int, fit: Preprocessing.Fit = .stretch) -> Preprocessing {
    Preprocessing(fit: fit, resized: Extent(side), cropped: Extent(side), scale: [1], offset: [0])
  }

  @Test("grey conversion and resize equal Pillow's, pixel for pixel")
  func pillow() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Tests/Golden/resize.json"))
    let cases = try JSONDecoder().decode([Golden].self, from: data)
    #expect(cases.count >= 6)
    for golden in cases {
      let got = try resized(
        recipe(12), golden.pixels, width: golden.width, height: golden.height, channels: golden.channels)
      #expect(got == golden.expected, "\(golden.width)x\(golden.height)")
    }
  }

  @Test(
    "every instruction set gives the same pixels",
    arguments: InstructionSet.allCases.filter { $0.isAvailable } + [.emulated])
  func instructions(set: InstructionSet) throws {
    let kernels = try KernelTable(set)
    let sizes = [(37, 29, 3), (9, 50, 3), (64, 64, 3), (3, 2, 3), (1, 1, 3), (41, 17, 1)]
    for (width, height, channels) in sizes {
      let pixels = Support.numbers(width * height * channels, seed: 3).map { UInt8(127.5 * ($0 + 1)) }
      for (fit, colour) in [(.pad, .rgb), (.crop, .rgb), (.stretch, .grey)]
        as [(Preprocessing.Fit, Preprocessing.Colour)]
      {
        let recipe = Preprocessing(
          colour: colour, fit: fit, resized: Extent(height: 19, width: 23), cropped: Extent(1),
          scale: colour == .rgb ? [1, 1, 1] : [1], offset: colour == .rgb ? [0, 0, 0] : [0])
        let (own, portable) = try pixels.withUnsafeBufferPointer { buffer in
          let image = try #require(
            PixelImage(pixels: buffer, width: width, height: height, channels: channels))
          return (
            try Preprocessor(recipe, kernels: kernels).resized(image).pixels,
            try Preprocessor(recipe, kernels: .portable).resized(image).pixels
          )
        }
        #expect(own == portable, "\(width)x\(height)x\(channels), \(fit), \(colour)")
      }
    }
  }

  @Test("crop keeps the centre, pad adds black, a stride skips bytes")
  func fits() throws {
    let wide: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    #expect(try resized(recipe(2, fit: .crop), wide, width: 4, height: 2, channels: 1) == [2, 3, 6, 7])
    #expect(
      try resized(recipe(4, fit: .pad), wide, width: 4, height: 2, channels: 1)
        == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
    #expect(try resized(recipe(2), wide, width: 2, height: 2, channels: 1, stride: 5) == [1, 2, 6, 7])
  }

  @Test("grey and colour become each other, and black beyond the image has its share of the weights")
  func colours() throws {
    let white = [UInt8](repeating: 255, count: 3 * 8)
    #expect(try resized(recipe(1, fit: .pad), white, width: 8, height: 1, channels: 3) == [40])
    var colour = recipe(2, fit: .pad)
    colour.colour = .rgb
    colour.scale = [1, 1, 1]
    colour.offset = [0, 0, 0]
    #expect(
      try resized(colour, [10, 20], width: 2, height: 1, channels: 1)
        == [10, 10, 10, 20, 20, 20, 0, 0, 0, 0, 0, 0])
  }

  @Test("an image may show an array's pixels, copy them, or copy those of a span in the middle of others")
  func owners() throws {
    let pixels = (0..<60).map { UInt8(4 * $0) }
    let seen = try pixels.withUnsafeBufferPointer {
      let shown = try #require(PixelImage(pixels: $0, width: 2, height: 3, channels: 3, stride: 20))
      return try Preprocessor(recipe(3)).resized(shown).pixels
    }
    let copied = try PixelImage(pixels, width: 2, height: 3, channels: 3, stride: 20)
    let spanned = try PixelImage(
      copying: ([1, 2, 3] + pixels).span.extracting(3...), width: 2, height: 3, channels: 3, stride: 20)
    #expect(try Preprocessor(recipe(3)).resized(copied).pixels == seen)
    #expect(try Preprocessor(recipe(3)).resized(spanned).pixels == seen)
    // A row of the last one ends where the pixels do.
    #expect(copied.width == 2 && copied.height == 3 && copied.channels == 3)
    _ = try PixelImage([UInt8](pixels.prefix(46)), width: 2, height: 3, channels: 3, stride: 20)
  }

  @Test(
    "sizes that no image has, or more pixels than there are, are refused in a sentence",
    arguments: [
      (4, 3, 1, nil), (0, 3, 1, nil), (3, -1, 1, nil), (2, 2, 2, nil), (2, 2, 4, nil), (3, 2, 1, 2),
      (3, 2, 1, 8),
      (Int.max, Int.max, 3, Int.max), (3, 2, 1, Int.min),
    ] as [(Int, Int, Int, Int?)])
  func refused(width: Int, height: Int, channels: Int, stride: Int?) {
    #expect {
      try PixelImage(
        [UInt8](repeating: 0, count: 10), width: width, height: height, channels: channels, stride: stride)
    } throws: {
      ($0 as? FormatError)?.code == .value
        && "\($0)".contains("10 bytes are no image of \(width) x \(height)")
    }
  }

  @Test("an image whose buffer is too short is not accepted")
  func short() {
    [UInt8](repeating: 0, count: 10).withUnsafeBufferPointer {
      #expect(PixelImage(pixels: $0, width: 4, height: 3, channels: 1) == nil)
      #expect(PixelImage(pixels: $0, width: 0, height: 3, channels: 1) == nil)
      #expect(PixelImage(pixels: $0, width: 2, height: 2, channels: 2) == nil)
    }
  }

  @Test("an image that padding would blow up is refused, and the program goes on")
  func extremes() throws {
    let line = [UInt8](repeating: 9, count: 65_535)
    #expect(throws: FormatError.self) {
      try resized(recipe(4, fit: .pad), line, width: 65_535, height: 1, channels: 1)
    }
    #expect(
      try resized(recipe(4, fit: .crop), line, width: 65_535, height: 1, channels: 1).allSatisfy { $0 == 9 })
    #expect(try resized(recipe(4), line, width: 1, height: 65_535, channels: 1).allSatisfy { $0 == 9 })
  }
}
