import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Optimisers")
struct OptimiserTests {
  /// Tests/Golden/optimisers.py made it with PyTorch.
  private struct Golden: Decodable {
    let start: [Float]
    let gradients: [[Float]]
    let results: [String: [String: [Double]]]
    let average: [Double]
  }

  private static func golden<T: Decodable>(_ name: String) throws -> T {
    try JSONDecoder().decode(
      T.self, from: Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Tests/Golden/\(name)")))
  }

  /// Every rule, as PyTorch's hyperparameters have it.
  private static let rules: KeyValuePairs<String, any UpdateRule> = [
    "nesterov": SGD(), "sgd": SGD(isNesterov: false), "asgd": AveragedSGD(), "adam": Adam(),
    "amsgrad": Adam(keepsLargest: true), "adamw": Adam(isDecoupled: true), "adagrad": Adagrad(),
    "adadelta": Adadelta(), "lamb": LAMB(),
  ]

  private static func rule(_ name: String) throws -> any UpdateRule {
    try #require(rules.first { $0.key == name }?.value)
  }

  private func make(_ start: [Float]) -> Parameter {
    Parameter("w", .weight, Tensor(start, shape: Shape(start.count)))
  }

  private func fill(_ parameter: Parameter, _ gradient: [Float]) {
    parameter.clearGradient()
    parameter.gradient?.update(from: gradient)
  }

  @Test("gives PyTorch's weights to 1e-6", arguments: rules.map { $0.key })
  func pytorch(name: String) throws {
    let golden: Golden = try Self.golden("optimisers.json")
    #expect(Set(golden.results.keys) == Set(Self.rules.map { $0.key }))
    let expected = try #require(golden.results[name])
    let parameter = make(golden.start)
    let sharer = Sharer(try Workers(count: 2))
    let optimiser = Optimiser(
      [parameter], rule: try Self.rule(name), decay: WeightDecay(0.01), sharer: sharer)
    let average = WeightAverage([parameter], .mean(after: 5), sharer: sharer)
    for (step, gradient) in golden.gradients.enumerated() {
      fill(parameter, gradient)
      optimiser.step(learningRate: 0.1)
      average.update(step: optimiser.steps)
      guard let values = expected["\(step + 1)"] else { continue }
      for (got, want) in zip(parameter.value.values, values) {
        #expect(abs(Double(got) - want) <= 1e-6 * max(1, abs(want)), "step \(step + 1)")
      }
    }
    // PyTorch's t0 of 4 begins one step later than its name says: the average starts with step 6.
    if name == "asgd" {
      for (got, want) in zip(average.tensors[0].values, golden.average) {
        #expect(abs(Double(got) - want) < 1e-6)
      }
    }
  }

  @Test("gives the same bits for any number of threads", arguments: rules.map { $0.key })
  func threads(name: String) throws {
    let count = 40_000
    func run(_ threads: Int) throws -> [Float] {
      let parameter = make(Support.numbers(count, seed: 1))
      let optimiser = Optimiser(
        [parameter], rule: try Self.rule(name), sharer: Sharer(try Workers(count: threads)))
      for step in 0..<3 {
        fill(parameter, Support.numbers(count, seed: UInt64(step + 2)))
        optimiser.step(learningRate: 0.01)
      }
      return parameter.value.values
    }
    #expect(try run(1) == run(3))
  }

  @Test("decays biases, normalisations and slopes only when told to")
  func decay() throws {
    for decaysAll in [true, false] {
      for kind in [Parameter.Kind.weight, .bias, .norm, .slope] {
        let parameter = Parameter("p", kind, Tensor([1], shape: Shape(1)))
        let optimiser = Optimiser(
          [parameter], rule: SGD(isNesterov: false), decay: WeightDecay(0.5, onAll: decaysAll),
          sharer: Sharer(try Workers(count: 1)))
        parameter.clearGradient()
        optimiser.step(learningRate: 0.1)
        let decays = decaysAll || kind == .weight
        #expect(abs(parameter.value[0] - (decays ? 0.95 : 1)) < 1e-7)
      }
    }
  }

  @Test("clipping scales all gradients to the largest norm, and leaves smaller ones alone")
  func clipping() throws {
    let sharer = Sharer(try Workers(count: 2))
    let parameters = [make([0, 0, 0]), make([Float](repeating: 0, count: 20_000))]
    fill(parameters[0], [3, 4, 0])
    fill(parameters[1], [Float](repeating: 0.1, count: 20_000))
    let norm = Gradients.norm(parameters, sharer)
    #expect(abs(norm - (25.0 + 200).squareRoot()) < 1e-5)
    NormClip(to: 100).apply(to: parameters, sharer)
    #expect(parameters[0].gradient?.values[0] == 3)
    NormClip(to: 1).apply(to: parameters, sharer)
    #expect(abs(Gradients.norm(parameters, sharer) - 1) < 1e-5)
    #expect(abs(Double(parameters[0].gradient?.values[1] ?? 0) - 4 / norm) < 1e-6)
  }

  @Test("the moving average follows its definition, and forgets the start soon")
  func average() throws {
    let parameter = make([1])
    let average = WeightAverage([parameter], .exponential(0.99), sharer: Sharer(try Workers(count: 1)))
    var expected = 1.0
    for step in 1...200 {
      parameter.value[0] = Float(step)
      average.update(step: step)
      let decay = min(0.99, Double(1 + step) / Double(10 + step))
      expected = decay * expected + (1 - decay) * Double(step)
      #expect(abs(Double(average.tensors[0][0]) - expected) < 1e-4 * expected)
    }
  }

  // MARK: - Schedules

  private struct Rates: Decodable {
    let scores: [Double]
    let rates: [String: [Double]]
  }

  private static let everySchedule: KeyValuePairs<String, any Schedule> = [
    "constant": Constant(peak: 0.1), "step": StepDecay(peak: 0.1, period: 7), "cosine": Cosine(peak: 0.1),
    "cosine 10": Cosine(peak: 0.1, minimum: 1e-6, period: 10),
    "restarts": Cosine(peak: 0.1, minimum: 1e-6, period: 10, restarts: true),
    "one-cycle": OneCycle(peak: 0.1), "plateau": Plateau(peak: 0.1, patience: 2),
  ]

  @Test(
    "every schedule gives PyTorch's learning rates",
    arguments: everySchedule.map { $0.key })
  func schedules(name: String) throws {
    let golden: Rates = try Self.golden("schedules.json")
    let expected = try #require(golden.rates[name])
    let start = try #require(Self.everySchedule.first { $0.key == name }?.value)
    var (schedule, resumed) = (start, start)
    for epoch in expected.indices {
      let place = SchedulePlace(step: Double(epoch), steps: Double(expected.count), epochSteps: 1)
      #expect(abs(schedule.rate(at: place) - expected[epoch]) < 1e-12, "epoch \(epoch)")
      #expect(resumed.rate(at: place) == schedule.rate(at: place))
      schedule.epochEnded(score: golden.scores[epoch])
      // One that is made anew and told what the other remembers goes on like it.
      resumed = start
      resumed.memory = schedule.memory
    }
    #expect(Set(golden.rates.keys) == Set(Self.everySchedule.map { $0.key }))
  }

  @Test("warm-up rises in equal steps, and gives the schedule the rest of the run")
  func warmup() throws {
    let cosine = Cosine(peak: 1, minimum: 0, period: 0, restarts: false)
    let schedule = Warmup(after: cosine, epochs: 2)
    func rate(_ step: Double) -> Double {
      schedule.rate(at: SchedulePlace(step: step, steps: 100, epochSteps: 5))
    }
    for step in 0..<10 { #expect(abs(rate(Double(step)) - Double(step + 1) / 11) < 1e-12) }
    #expect(rate(10) == 1 && abs(rate(55) - 0.5) < 1e-12 && abs(rate(100)) < 1e-12)
  }
}
