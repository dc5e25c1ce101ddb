import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Framings")
struct FramingTests {
  private let recipe = Preprocessing.greyFaces((48, 44))
  private let side = 48

  private func framed(_ framing: Framing, _ set: FaceSet = ToyFaces.set(2)) throws -> [[UInt8]] {
    framing.applied(to: set, as: recipe, workers: try Workers(count: 2)).faces.map { $0.pixels }
  }

  @Test(
    "the usual side and no turn leave every pixel as it is",
    arguments: [Framing.side(percent: 100), .turned(degrees: 0)])
  func identity(framing: Framing) throws {
    #expect(try framed(framing) == ToyFaces.set(2).faces.map { $0.pixels })
  }

  @Test("twice the side has the face in its middle, half as large, and its edge pixels around it")
  func wider() throws {
    // Columns of two pixels each: what is between them does not matter.
    var set = FaceSet()
    let pixels = (0..<(side * side)).map { UInt8($0 % side / 2 * 10) }
    set.append((pixels, 1), label: 0, name: "columns")
    let row = try framed(.side(percent: 200), set)[0].prefix(side)
    #expect(Array(row.prefix(12)) == [UInt8](repeating: 0, count: 12))
    #expect(Array(row.suffix(12)) == [UInt8](repeating: 230, count: 12))
    #expect(Array(row.dropFirst(12).prefix(24)) == (0..<24).map { UInt8(10 * $0) })
  }

  @Test("a quarter turn is one, every other face the other way")
  func turned() throws {
    let (own, turned) = (ToyFaces.set(2).faces.map { $0.pixels }, try framed(.turned(degrees: 90)))
    func quarter(_ pixels: [UInt8], clockwise: Bool) -> [UInt8] {
      (0..<(side * side)).map { i in
        let (x, y) = (i % side, i / side)
        return pixels[clockwise ? (side - 1 - x) * side + y : x * side + side - 1 - y]
      }
    }
    #expect(
      [true, false].contains { turned == [quarter(own[0], clockwise: $0), quarter(own[1], clockwise: !$0)] })
  }

  @Test("a small face loses its detail and keeps its brightness")
  func small() throws {
    var set = FaceSet()
    set.append(
      ((0..<(side * side)).map { ($0 / side + $0 % side) % 2 == 0 ? 0 : 200 }, 1), label: 0, name: "chess")
    let pixels = try framed(.small(pixels: 16), set)[0]
    #expect(pixels.count == side * side && pixels.allSatisfy { abs(Int($0) - 100) < 25 })
  }
}
