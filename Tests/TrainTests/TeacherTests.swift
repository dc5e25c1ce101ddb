import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Teachers that see crops")
struct TeacherTests {
  private static let own = Preprocessing.greyFaces((resized: 48, cropped: 44))

  private static func converted(_ inputs: [Float], _ source: Preprocessing, _ target: Preprocessing)
    -> [Float]
  {
    InputConversion(from: source, to: target)(inputs.span)
  }

  @Test("pixels stay as they are where whole faces have the same size", arguments: [44, 42, 41, 40, 33])
  func centre(_ side: Int) {
    let inputs = Support.numbers(2 * 44 * 44, seed: 1)
    let margin = (44 - side) / 2
    let cut = (0..<2).flatMap { face in
      (0..<side).flatMap { y in
        (0..<side).map { x in inputs[(face * 44 + margin + y) * 44 + margin + x] }
      }
    }
    let isSame = Self.converted(inputs, Self.own, .greyFaces((resized: 48, cropped: side))) == cut
    #expect(isSame)
  }

  @Test(
    "another size shows the same part of a face, or all that there is",
    arguments: [
      // Whole, crop, and the part of 44 pixels that it shows.
      (44, 40, 480.0 / 11), (96, 88, 44), (48, 48, 44), (24, 20, 40), (48, 36, 36),
    ])
  func ramp(whole: Int, side: Int, shown: Double) {
    let inputs = (0..<(44 * 44)).map { Float($0 % 44) / 64 }
    let result = Self.converted(inputs, Self.own, .greyFaces((resized: whole, cropped: side)))
    #expect(result.count == side * side)
    for x in 0..<side {
      let place = (44 - shown) / 2 + (Double(x) + 0.5) * shown / Double(side) - 0.5
      let want = Float(min(max(place, 0), 43) / 64)
      #expect(abs(result[side * (side / 2) + x] - want) < 1e-5, "column \(x)")
    }
  }

  @Test("pixels get the other network's factor and offset")
  func scale() {
    var other = Self.own
    (other.scale, other.offset) = ([2.0 / 255], [-1])
    let result = Self.converted([Float](repeating: 0.25, count: 44 * 44), Self.own, other)
    #expect(result.allSatisfy { abs($0 + 0.5) < 1e-6 })
  }

  @Test("it says of each row what the model says of it, by the run's classes, and nothing of rows of others")
  func answers() throws {
    let names = ["other", "middle", "bottom", "top"]
    let path = try ToyFaces.teacher((48, 44), names: names)
    let workers = try Workers(count: 2)
    let teacher = try Teacher(
      ofCrops: [path], share: 0.75, preprocessing: Self.own, classes: ToyFaces.labels.names, workers: workers,
      precision: .exact)
    #expect(teacher.sight == .crops && teacher.agreement == nil)
    let inputs = Support.numbers(3 * 44 * 44, seed: 2)
    let opinion = try teacher.opinion(
      of: [0, 1, 2, 3, 4], Tensor(inputs, shape: Shape(3, 1, 44, 44)), as: Self.own, from: 1, of: 5)
    #expect(opinion.isOfRows && opinion.shares == [0, 0.75, 0.75, 0.75, 0])
    let logits = try Session(try Plan(path: path)).logits(inputs)
    for row in 0..<3 {
      let said = softmax([3, 2, 1].map { logits[4 * row + $0] })
      for (got, want) in zip(opinion.probabilities[(3 * row + 3)..<(3 * row + 6)], said) {
        #expect(abs(got - want) < 1e-5)
      }
    }
    #expect(opinion.probabilities.prefix(3) == [0, 0, 0] && opinion.probabilities.suffix(3) == [0, 0, 0])
  }

  @Test("inputs of which a model makes no numbers end the run with a sentence that names it")
  func notFinite() throws {
    let path = try ToyFaces.teacher()
    let teacher = try Teacher(
      ofCrops: [path], share: 1, preprocessing: Self.own, classes: ToyFaces.labels.names,
      workers: try Workers(count: 1), precision: .exact)
    let inputs = Tensor([Float](repeating: .infinity, count: 44 * 44), shape: Shape(1, 1, 44, 44))
    let error = #expect(throws: TrainError.self) {
      try teacher.opinion(of: [0], inputs, as: Self.own, from: 0, of: 1)
    }
    #expect(error?.description.hasPrefix(path) ?? false)
  }
}
