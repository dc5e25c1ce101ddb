import FermFormat
import TestSupport
import Testing

@testable import FermTrain

@Suite("Blended faces")
struct FaceBlendTests {
  private func settings(mixup: Double = 0, cutmix: Double = 0) -> TrainingSettings {
    var settings = TrainingSettings()
    (settings.mixup, settings.cutmix) = ((mixup, 0.4), (cutmix, 1))
    return settings
  }

  @Test("mixup blends each face with its opposite, in place")
  func mixup() {
    let inputs = Tensor([1, 2, 3, 4, 10, 20, 30, 40], shape: Shape(4, 2))
    FaceBlend.mixup(share: 0.75).apply(to: inputs, faces: 2, crops: 2)
    #expect(inputs.values == [3.25, 6.5, 9.75, 13, 7.75, 15.5, 23.25, 31])
  }

  @Test(
    "CutMix gives each face a rectangle of its opposite, in every plane and crop, and leaves an odd one alone"
  )
  func cutmix() {
    let (height, width) = (3, 4)
    let size = 2 * 2 * height * width
    let inputs = Tensor((0..<(3 * size)).map { Float($0) }, shape: Shape(6, 2, height, width))
    let blend = FaceBlend.cutmix(rows: 1..<3, columns: 2..<3, of: Extent(height: height, width: width))
    #expect(blend.share == 1 - 2.0 / 12)
    blend.apply(to: inputs, faces: 3, crops: 2)
    for (i, value) in inputs.values.enumerated() {
      let (face, y, x) = (i / size, i / width % height, i % width)
      let isOther = y >= 1 && x == 2
      #expect(value == Float(isOther ? i + (2 - 2 * face) * size : i))
    }
  }

  @Test("each way is drawn as often as asked, and a face keeps half of itself on average")
  func draws() throws {
    var random = RandomNumbers(seed: 7)
    let all = (0..<4000).map { _ in
      FaceBlend(settings(mixup: 0.25, cutmix: 0.5), crop: Extent(40), &random)
    }
    let mixed = all.filter { if case .mixup = $0 { true } else { false } }.count
    let cut = all.compactMap { blend -> Float? in if case .cutmix? = blend { blend?.share } else { nil } }
    #expect(abs(mixed - 1000) < 120 && abs(cut.count - 2000) < 140)
    // Half of the area, were the rectangle never cut off by the face's edge.
    let mean = cut.reduce(0, +) / Float(cut.count)
    #expect(mean > 0.5 && mean < 0.75 && cut.allSatisfy { (0...1).contains($0) })
    #expect(FaceBlend(settings(), crop: Extent(40), &random) == nil)
  }

  @Test("shares have the mean and variance of Beta(a, a)", arguments: [0.2, 1.0])
  func beta(alpha: Double) {
    var random = RandomNumbers(seed: 3)
    let draws = (0..<20_000).map { _ in Double(FaceBlend.share(alpha: alpha, &random)) }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.02 && abs(variance - 0.25 / (2 * alpha + 1)) < 0.01)
  }
}
