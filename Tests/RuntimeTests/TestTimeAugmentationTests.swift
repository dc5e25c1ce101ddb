import FermFormat
import FermRuntime
import Testing

@Suite("Test-time augmentation")
struct TestTimeAugmentationTests {
  private let recipe = Preprocessing(
    resized: Extent(height: 4, width: 6), cropped: Extent(height: 2, width: 3), scale: [1], offset: [0])

  @Test("the crops are the centre, its mirror image, and the corners", arguments: [(0, 1), (1, 2), (2, 10)])
  func crops(_ kind: Int, _ count: Int) throws {
    let crops = try TestTimeAugmentation.allCases[kind].crops(of: recipe)
    #expect(crops.count == count)
    #expect(crops.contains(Crop(top: 1, left: 1)))
    #expect(Set(crops.map { "\($0)" }).count == count)
    if count == 10 {
      #expect(crops.prefix(4).map { [$0.top, $0.left] } == [[0, 0], [0, 3], [2, 0], [2, 3]])
      #expect(crops.suffix(5) == crops.prefix(5).map { $0.mirror }[...])
    }
  }

  @Test("each crop is cut where it says, and mirrored as it says")
  func pixels() throws {
    let image = (pixels: (0..<24).map { UInt8($0) }, channels: 1)
    let crops = [Crop(top: 2, left: 3), Crop(top: 0, left: 1, isMirrored: true)]
    var input = [Float](repeating: -1, count: 14)
    Preprocessor(recipe).write(image, crops: crops, to: &input, at: 1)
    #expect(input == [-1, 15, 16, 17, 21, 22, 23, 3, 2, 1, 9, 8, 7, -1])
  }

  @Test("ten crops of a model that sees the whole face are refused")
  func noMargin() {
    let whole = Preprocessing(resized: Extent(4), cropped: Extent(4), scale: [1], offset: [0])
    #expect(throws: FormatError.self) { try TestTimeAugmentation.ten.crops(of: whole) }
    #expect(throws: Never.self) { try TestTimeAugmentation.flip.crops(of: whole) }
  }

  @Test("logits are averaged by face, in order")
  func mean() {
    let logits: [Float] = [1, 10, 3, 20, 5, 0, 7, 0]
    #expect(TestTimeAugmentation.mean(of: logits, crops: 2, classes: 2) == [2, 15, 6, 0])
    #expect(TestTimeAugmentation.mean(of: logits, crops: 1, classes: 2) == logits)
  }
}
