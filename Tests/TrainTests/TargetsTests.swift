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
    let opinion = Targets.Opinion(probabilities: [0.5, 0.25, 0.25, 0, 1, 0], shares: [0.5, 0.5])
    let plain = Targets([1, 1], classes: 3, opinions: [opinion])
    #expect(plain.values == [0.25, 0.625, 0.125, 0, 1, 0])
    #expect(plain.labels == [1, 1])
    // The first row is three quarters of the first face and a quarter of the second, and the other way round.
    let mixed = Targets([1, 1], classes: 3, opinions: [opinion], mix: 0.75)
    for (got, want) in zip(mixed.values, [0.1875, 0.71875, 0.09375, 0.0625, 0.90625, 0.03125] as [Float]) {
      #expect(abs(got - want) < 1e-6)
    }
    let all = Targets(
      [1, 0], classes: 3, smoothing: 0.3, weights: [1, 3, 1], crops: 2, opinions: [opinion], mix: 0.25)
    #expect(abs(all.values.reduce(0, +) - 4) < 1e-5 && all.labels == [0, 0, 1, 1])
    let alone = Targets(
      [1, 1], classes: 3, smoothing: 0.3,
      opinions: [.init(probabilities: opinion.probabilities, shares: [1, 1])])
    #expect(alone.values == opinion.probabilities)
    // Two of them, of which one says nothing of the second face.
    let other = Targets.Opinion(probabilities: [0, 0, 1, 0, 0, 0], shares: [0.25, 0])
    #expect(
      Targets([1, 1], classes: 3, opinions: [opinion, other]).values == [0.25, 0.375, 0.375, 0, 1, 0])
  }

  @Test("a teacher that saw the rows says its share of each as it was put together")
  func rows() {
    let opinion = Targets.Opinion(probabilities: [0.5, 0.5, 0, 0, 0, 1], shares: [1, 0.5], isOfRows: true)
    // The second row is three quarters of the second face, class 1, and a quarter of the first, class 0.
    let mixed = Targets([0, 1], classes: 3, opinions: [opinion], mix: 0.75)
    #expect(mixed.values == [0.5, 0.5, 0, 0.125, 0.375, 0.5])
    let crops = Targets([2], classes: 3, crops: 2, opinions: [opinion])
    #expect(crops.values == [0.5, 0.5, 0, 0, 0, 1])
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
