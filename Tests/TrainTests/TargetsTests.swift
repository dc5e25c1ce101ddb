import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Targets")
struct TargetsTests {
  @Test("smoothing, mixing and class weights are what they say")
  func values() {
    let smooth = Targets([2], classes: 4, smoothing: 0.2)
    for (got, want) in zip(smooth.values, [0.05, 0.05, 0.85, 0.05] as [Float]) {
      #expect(abs(got - want) < 1e-6)
    }
    let mixed = Targets([0, 1, 2], classes: 3, crops: 2, mix: 0.75)
    #expect(mixed.labels == [0, 0, 1, 1, 2, 2])
    #expect(Array(mixed.values.prefix(3)) == [0.75, 0, 0.25] && Array(mixed.values[6..<9]) == [0, 1, 0])
    let weighted = Targets([0, 1], classes: 2, weights: [3, 1])
    #expect(weighted.values == [1.5, 0, 0, 0.5])
    #expect(Targets([0, 1], classes: 2, mix: 0.25).labels == [1, 0])
  }

  @Test("a teacher takes its share of each target, whatever else is on")
  func teacher() {
    let opinion = Targets.Opinion(probabilities: [0.5, 0.25, 0.25, 0, 1, 0], share: 0.5)
    let plain = Targets([1, 1], classes: 3, teacher: opinion)
    #expect(plain.values == [0.25, 0.625, 0.125, 0, 1, 0])
    #expect(plain.labels == [1, 1])
    // The first row is three quarters of the first face and a quarter of the second, and the other way round.
    let mixed = Targets([1, 1], classes: 3, teacher: opinion, mix: 0.75)
    for (got, want) in zip(mixed.values, [0.1875, 0.71875, 0.09375, 0.0625, 0.90625, 0.03125] as [Float]) {
      #expect(abs(got - want) < 1e-6)
    }
    let all = Targets(
      [1, 0], classes: 3, smoothing: 0.3, weights: [1, 3, 1], crops: 2, teacher: opinion, mix: 0.25)
    #expect(abs(all.values.reduce(0, +) - 4) < 1e-5 && all.labels == [0, 0, 1, 1])
    let alone = Targets(
      [1, 1], classes: 3, smoothing: 0.3,
      teacher: .init(
        probabilities: opinion.probabilities, share: 1))
    #expect(alone.values == opinion.probabilities)
  }

  @Test("mixing blends each face with its opposite, in place")
  func mixing() {
    let inputs = Tensor([1, 2, 3, 4, 10, 20, 30, 40], shape: Shape(4, 2))
    Targets.mix(inputs, faces: 2, crops: 2, share: 0.75)
    #expect(inputs.values == [3.25, 6.5, 9.75, 13, 7.75, 15.5, 23.25, 31])
  }

  @Test("shares drawn for mixing have the mean and variance of Beta(a, a)", arguments: [0.2, 1.0])
  func beta(alpha: Double) {
    var random = RandomNumbers(seed: 3)
    let draws = (0..<20_000).map { _ in Double(Targets.share(alpha: alpha, &random)) }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.02 && abs(variance - 0.25 / (2 * alpha + 1)) < 0.01)
  }

  @Test("the gradient of the loss on soft, weighted targets agrees with finite differences")
  func gradient() throws {
    let targets = Targets([0, 2, 1], classes: 3, smoothing: 0.1, weights: [1, 2, 0.5], mix: 0.3)
    let workers = try Workers(count: 1)
    let logits = Support.numbers(9, seed: 5)
    func loss(_ values: [Float]) -> Float {
      let tape = Tape(.training, workers: workers)
      return tape.input(Tensor(values, shape: Shape(3, 3))).crossEntropy(targets).value.values[0]
    }
    let tape = Tape(.training, workers: workers)
    let x = tape.input(Tensor(logits, shape: Shape(3, 3)), needsGradient: true)
    tape.backward(from: x.crossEntropy(targets))
    let gradient = try #require(x.gradient?.values)
    for i in 0..<9 {
      var (up, down) = (logits, logits)
      up[i] += 1e-2
      down[i] -= 1e-2
      #expect(abs((loss(up) - loss(down)) / 2e-2 - gradient[i]) < 1e-4)
    }
  }
}
