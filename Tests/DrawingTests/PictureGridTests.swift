import FermImage
import Testing

@testable import FermDrawing

@Suite("A grid of pictures") struct PictureGridTests {
  private static func picture(_ side: Int, _ value: UInt8, channels: Int) -> Image {
    Image(
      width: side, height: side, channels: channels,
      pixels: [UInt8](repeating: value, count: side * side * channels))
  }

  private static let grid = PictureGrid(
    headings: [["the face"], ["epoch 1", "32 px"]],
    rows: [
      ("angry", [picture(48, 10, channels: 1), picture(32, 20, channels: 1)]),
      ("happy", [picture(48, 30, channels: 3), picture(32, 40, channels: 3)]),
    ])

  @Test("without words, pictures are enlarged alike and the smaller ones stand in the middle of their places")
  func withoutWords() {
    let image = Self.grid.withoutWords()
    #expect(image.width == 2 * 102 + 6 && image.height == 2 * 102 + 6 && image.channels == 3)
    func runs(row: Int) -> [[Int]] {
      let values = (0..<image.width).map { Int(image.pixels[3 * (row * image.width + $0)]) }
      return values.reduce(into: []) {
        if $0.last?[0] == $1 { $0[$0.count - 1][1] += 1 } else { $0.append([$1, 1]) }
      }
    }
    #expect(runs(row: 54) == [[255, 6], [10, 96], [255, 22], [20, 64], [255, 22]])
    #expect(runs(row: 156) == [[255, 6], [30, 96], [255, 22], [40, 64], [255, 22]])
    #expect(runs(row: 8) == [[255, 6], [10, 96], [255, 108]])
  }

  @Test("words stand over and before the same pictures") func words() throws {
    let (bare, image) = (Self.grid.withoutWords(), try Self.grid.drawn(try DrawingLibrary()))
    let (left, top) = (image.width - bare.width, image.height - bare.height)
    #expect(left == 90 && top == 46)
    func pixel(_ of: Image, _ x: Int, _ y: Int) -> UInt8 { of.pixels[3 * (y * of.width + x)] }
    for y in 6..<bare.height {
      for x in 6..<bare.width where pixel(bare, x, y) != pixel(image, x + left, y + top) {
        Issue.record("the pictures differ at \(x), \(y)")
        return
      }
    }
    let heads = (0..<top).map { y in (left..<image.width).count { pixel(image, $0, y) < 128 } }
    #expect(heads[6..<26].contains { $0 > 0 } && heads[26..<46].contains { $0 > 0 })
    #expect((top..<image.height).contains { y in (0..<left).contains { pixel(image, $0, y) < 128 } })
  }
}
