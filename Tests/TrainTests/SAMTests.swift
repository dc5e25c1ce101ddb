import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Sharpness-aware minimisation")
struct SAMTests {
  /// Tests/Golden/optimisers.py made it with PyTorch.
  private struct Golden: Decodable {
    let rho: Double
    let parameters: [[Float]]
    let inputs: [Float]
    let labels: [Int]
    let losses: [Double]
    let results: [[Double]]
  }

  @Test("gives PyTorch's losses and weights to 1e-5", arguments: [Engine.plain, .fast])
  func pytorch(engine: Engine) throws {
    let golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Tests/Golden/sam.json")))
    let network = TwoLayers(inputs: 6, hidden: 5, seed: 0)
    for (parameter, values) in zip(network.parameters, golden.parameters) {
      parameter.value.update(from: values)
    }
    let workers = try Workers(count: 2)
    let step = TrainingStep(
      network,
      optimiser: Optimiser(
        network.parameters, rule: SGD(), decay: WeightDecay(0.01), sharer: Sharer(workers)),
      method: SAM(rho: golden.rho), workers: workers, engine: engine)
    for loss in golden.losses {
      let result = try step(
        inputs: Tensor(golden.inputs, shape: Shape(8, 6)), targets: Targets(golden.labels, classes: 3),
        seed: 0, learningRate: 0.1)
      #expect(abs(Double(result.loss) - loss) < 1e-5)
    }
    for (parameter, values) in zip(network.parameters, golden.results) {
      for (got, want) in zip(parameter.value.values, values) { #expect(abs(Double(got) - want) < 1e-5) }
    }
  }

  @Test("puts the weights back bit for bit, and moves running statistics once a step")
  func restoring() throws {
    let workers = try Workers(count: 2)
    let inputs = Tensor(Support.numbers(6 * 44 * 44, seed: 1), shape: Shape(6, 1, 44, 44))
    func outcome(_ method: any GradientMethod) throws -> [[Float]] {
      let network = ToyFaces.network()
      let step = TrainingStep(
        network,
        optimiser: Optimiser(network.parameters, rule: SGD(momentum: 0), sharer: Sharer(workers)),
        method: method, workers: workers)
      _ = try step(
        inputs: inputs, targets: Targets([0, 1, 2, 0, 1, 2], classes: 3), seed: 1, learningRate: 0)
      return network.parameters.map { $0.value.values }
    }
    let (plain, sharp) = (try outcome(PlainGradients()), try outcome(SAM(rho: 0.5)))
    let isSame = plain == sharp
    #expect(isSame)
  }

  @Test("does nothing before its share of the run, and takes two passes from there on")
  func late() throws {
    let workers = try Workers(count: 2)
    let inputs = Tensor(Support.numbers(6 * 44 * 44, seed: 1), shape: Shape(6, 1, 44, 44))
    func outcome(_ method: any GradientMethod, progress: Double) throws -> [[Float]] {
      let network = ToyFaces.network()
      let step = TrainingStep(
        network, optimiser: Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers)),
        method: method, workers: workers)
      _ = try step(
        inputs: inputs, targets: Targets([0, 1, 2, 0, 1, 2], classes: 3), seed: 1, learningRate: 0.1,
        progress: progress)
      return network.parameters.map { $0.value.values }
    }
    let late = SAM(rho: 0.5, from: 0.6)
    let isPlain = try outcome(late, progress: 0.59) == outcome(PlainGradients(), progress: 0.59)
    let isSharp = try outcome(late, progress: 0.6) == outcome(SAM(rho: 0.5), progress: 0)
    let differ = try outcome(late, progress: 0.59) != outcome(late, progress: 0.6)
    #expect(isPlain && isSharp && differ)
    #expect([0, 0.59, 0.6, 1].map { late.passes(progress: $0) } == [1, 1, 2, 2])
  }

  @Test(
    "steps by the gradients at the point that far uphill, in a whole network",
    arguments: [Engine.plain, .fast])
  func uphill(engine: Engine) throws {
    let workers = try Workers(count: 2)
    let inputs = Tensor(Support.numbers(6 * 44 * 44, seed: 1), shape: Shape(6, 1, 44, 44))
    let targets = Targets([0, 1, 2, 0, 1, 2], classes: 3)
    func step(_ network: any Network, _ method: any GradientMethod) -> TrainingStep {
      TrainingStep(
        network,
        optimiser: Optimiser(
          network.parameters, rule: SGD(momentum: 0), decay: WeightDecay(0), sharer: Sharer(workers)),
        method: method, workers: workers, engine: engine)
    }
    let (network, twin) = (ToyFaces.network(), ToyFaces.network())
    _ = try step(network, SAM(rho: 0.5))(inputs: inputs, targets: targets, seed: 1, learningRate: 1)

    let (start, other) = (twin.parameters.map { $0.value.values }, step(twin, PlainGradients()))
    _ = other.gradients(inputs: inputs, targets: targets, seed: 1)
    let trained = other.optimiser.parameters
    let distance = Float(0.5 / Gradients.norm(trained, Sharer(workers)))
    for parameter in trained {
      let gradient = try #require(parameter.gradient?.values)
      parameter.value.update(from: zip(parameter.value.values, gradient).map { $0 + distance * $1 })
    }
    _ = other.gradients(inputs: inputs, targets: targets, seed: 1, movesStatistics: false)
    for (i, parameter) in twin.parameters.enumerated() {
      guard let gradient = parameter.gradient?.values else { continue }
      let isSame = network.parameters[i].value.values == zip(start[i], gradient).map { $0 - $1 }
      #expect(isSame, "\(parameter.name)")
    }
  }

  @Test("a run that stops and goes on from its bytes ends with the same bits", arguments: [1, 5])
  func resume(stopsAfter: Int) throws {
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batch = 12
    settings.clip = 1
    func run(
      threads: Int, stopsAfter: Int = .max, from saved: (TrainingState, Model)? = nil
    ) throws -> (weights: [[Float]], state: TrainingState, model: Model) {
      let workers = try Workers(count: threads)
      let network = ToyFaces.network()
      let trainer = try Trainer(
        network, optimiser: LAMB(), schedule: Cosine(peak: 0.01), settings: settings, workers: workers,
        method: SAM(rho: 0.05))
      let owner = ToyOwner(trainer, workers: workers)
      owner.stopsAfter = stopsAfter
      _ = try trainer.run(
        on: ToyFaces.set(48), validation: ToyFaces.set(9, from: 48),
        preprocessing: .greyFaces((48, 44)), classes: 3, from: saved, owner: owner)
      return (
        network.parameters.map { $0.value.values }, trainer.snapshot(),
        try trainer.model(name: "toy", preprocessing: .greyFaces((48, 44)), labels: ToyFaces.labels)
      )
    }
    let whole = try run(threads: 2)
    let part = try run(threads: 2, stopsAfter: stopsAfter)
    let saved = (
      try TrainingState(part.state.encoded()), try ModelFile(bytes: try part.model.encoded()).loadModel()
    )
    let rest = try run(threads: 1, from: saved)
    let isSame = rest.weights == whole.weights
    #expect(isSame)
  }
}
