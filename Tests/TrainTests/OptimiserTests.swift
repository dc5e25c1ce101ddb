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

  private func make(_ start: [Float]) -> Parameter {
    Parameter("w", .weight, Tensor(start, shape: Shape(start.count)))
  }

  private func fill(_ parameter: Parameter, _ gradient: [Float]) {
    parameter.clearGradient()
    guard let data = parameter.gradient?.data else { return }
    for (i, value) in gradient.enumerated() { data[i] = value }
  }

  @Test("gives PyTorch's weights to 1e-6", arguments: OptimiserKind.all.map { $0.name })
  func pytorch(name: String) throws {
    let golden: Golden = try Self.golden("optimisers.json")
    let expected = try #require(golden.results[name])
    let parameter = make(golden.start)
    let sharer = Sharer(try Workers(count: 2))
    let optimiser = try OptimiserKind.named(name).make(
      [parameter], OptimiserSettings(weightDecay: 0.01), sharer)
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

  @Test("gives the same bits for any number of threads", arguments: OptimiserKind.all.map { $0.name })
  func threads(name: String) throws {
    let count = 40_000
    func run(_ threads: Int) throws -> [Float] {
      let parameter = make(Support.numbers(count, seed: 1))
      let optimiser = try OptimiserKind.named(name).make(
        [parameter], OptimiserSettings(), Sharer(try Workers(count: threads)))
      for step in 0..<3 {
        fill(parameter, Support.numbers(count, seed: UInt64(step + 2)))
        optimiser.step(learningRate: 0.01)
      }
      return parameter.value.values
    }
    #expect(try run(1) == run(3))
  }

  @Test("decays biases and normalisations only when told to")
  func decay() throws {
    for decaysAll in [true, false] {
      for kind in [Parameter.Kind.weight, .bias, .norm] {
        let parameter = Parameter("p", kind, Tensor([1], shape: Shape(1)))
        let optimiser = try OptimiserKind.named("sgd").make(
          [parameter], OptimiserSettings(weightDecay: 0.5, decaysAll: decaysAll),
          Sharer(try Workers(count: 1)))
        parameter.clearGradient()
        optimiser.step(learningRate: 0.1)
        let decays = decaysAll || kind == .weight
        #expect(abs(parameter.value.data[0] - (decays ? 0.95 : 1)) < 1e-7)
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
    Gradients.clip(parameters, to: 100, sharer)
    #expect(parameters[0].gradient?.values[0] == 3)
    Gradients.clip(parameters, to: 1, sharer)
    #expect(abs(Gradients.norm(parameters, sharer) - 1) < 1e-5)
    #expect(abs(Double(parameters[0].gradient?.values[1] ?? 0) - 4 / norm) < 1e-6)
  }

  @Test("the moving average follows its definition, and forgets the start soon")
  func average() throws {
    let parameter = make([1])
    let average = WeightAverage([parameter], .exponential(0.99), sharer: Sharer(try Workers(count: 1)))
    var expected = 1.0
    for step in 1...200 {
      parameter.value.data[0] = Float(step)
      average.update(step: step)
      let decay = min(0.99, Double(1 + step) / Double(10 + step))
      expected = decay * expected + (1 - decay) * Double(step)
      #expect(abs(Double(average.tensors[0].data[0]) - expected) < 1e-4 * expected)
    }
  }

  // MARK: - Schedules

  private struct Rates: Decodable {
    let scores: [Double]
    let rates: [String: [Double]]
  }

  @Test(
    "every schedule gives PyTorch's learning rates",
    arguments: ["constant", "step", "cosine", "cosine 10", "restarts", "one-cycle", "plateau"])
  func schedules(name: String) throws {
    let golden: Rates = try Self.golden("schedules.json")
    let expected = try #require(golden.rates[name])
    var settings = ScheduleSettings(peak: 0.1)
    switch name {
    case "step": settings.period = 7
    case "cosine 10": (settings.period, settings.minimum) = (10, 1e-6)
    case "restarts": settings.minimum = 1e-6
    case "plateau": settings.patience = 2
    default: break
    }
    let kind = try ScheduleKind.named(String(name.prefix { $0 != " " }))
    var schedule = kind.make(settings)
    var resumed = kind.make(settings)
    for epoch in expected.indices {
      let place = SchedulePlace(step: Double(epoch), steps: Double(expected.count), epochSteps: 1)
      #expect(abs(schedule.rate(at: place) - expected[epoch]) < 1e-12, "epoch \(epoch)")
      #expect(resumed.rate(at: place) == schedule.rate(at: place))
      schedule.epochEnded(score: golden.scores[epoch])
      // One that is made anew and told what the other remembers goes on like it.
      resumed = kind.make(settings)
      resumed.memory = schedule.memory
    }
    #expect(
      Set(golden.rates.keys.map { String($0.prefix { $0 != " " }) }) == Set(ScheduleKind.all.map { $0.name }))
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
