import FermFormat
import FermRuntime
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Training")
struct TrainingTests {
  private let preprocessing = Preprocessing.greyFaces((48, 44))

  @Test("dropout keeps the mean, and its share of elements")
  func dropout() throws {
    let tape = Tape(.training, workers: try Workers(count: 2), seed: 3)
    let x = tape.input(Tensor([Float](repeating: 1, count: 100_000), shape: Shape(10, 10_000)))
    let values = x.dropout(0.2).value.values
    let kept = values.filter { $0 != 0 }
    #expect(abs(Double(kept.count) / 100_000 - 0.8) < 0.01)
    #expect(kept.allSatisfy { abs($0 - 1.25) < 1e-6 })
  }

  @Test("batch norm's running statistics follow PyTorch's rule")
  func runningStatistics() throws {
    var make = ParameterMaker(seed: 0)
    let layer = BatchNormLayer(&make, "bn", 1)
    let tape = Tape(.training, workers: try Workers(count: 1))
    _ = layer(tape.input(Tensor([1, 2, 3, 6], shape: Shape(2, 1, 1, 2))))
    #expect(abs(layer.state.mean.value[0] - 0.3) < 1e-6)
    #expect(abs(layer.state.variance.value[0] - (0.9 + 0.1 * 14 / 3)) < 1e-6)
  }

  @Test(
    "a pass may normalise by the batch and leave the running statistics as they are",
    arguments: [Engine.plain, .fast])
  func keptStatistics(engine: Engine) throws {
    let workers = try Workers(count: 2)
    let network = SmallVGG(classes: 3, width: 0.25, seed: 0)
    let x = Tensor(Support.numbers(4 * 44 * 44, seed: 1), shape: Shape(4, 1, 44, 44))
    func pass(movesStatistics: Bool) -> [Float] {
      for parameter in network.parameters { parameter.clearGradient() }
      let tape = Tape(.training, workers: workers, seed: 3, engine: engine, movesStatistics: movesStatistics)
      let loss = network(tape.input(x)).crossEntropy([0, 2, 1, 1])
      tape.backward(from: loss)
      return loss.value.values + network.parameters.flatMap { $0.gradient?.values ?? [] }
    }
    let statistics = network.parameters.filter { $0.kind == .statistic }
    let before = statistics.map { $0.value.values }
    let kept = pass(movesStatistics: false)
    #expect(statistics.map { $0.value.values } == before)
    #expect(pass(movesStatistics: true) == kept)
    #expect(zip(statistics, before).allSatisfy { $0.value.values != $1 })
  }

  @Test("networks have the published sizes, and their traces are valid graphs")
  func networks() throws {
    let vgg = VGG(classes: 7, seed: 0)
    #expect(vgg.parameters.filter { $0.kind != .statistic }.reduce(0) { $0 + $1.value.count } == 29_890_759)
    let workers = try Workers(count: 2)
    let model = try Model(
      vgg, name: "vgg", preprocessing: .greyFaces((48, 40)), labels: LabelSet(names: FaceData.fer2013),
      workers: workers)
    #expect(try model.validate().multiplyAdds.reduce(0, +) == 350_903_296)
  }

  @Test("the last layer is known as such, in a network of a file too")
  func heads() throws {
    let network = ToyFaces.network()
    let model = try Model(
      network, name: "toy", preprocessing: preprocessing, labels: ToyFaces.labels,
      workers: try Workers(count: 1))
    for network in [network, try GraphNetwork(model)] as [any Network] {
      #expect(network.head.map { $0.name } == ["lin2.weight", "lin2.bias"] && network.classes == 3)
    }
  }

  @Test("forward passes whose results nobody goes back over leave no memory behind")
  func forwardAlone() throws {
    let network = SmallVGG(classes: 7, width: 0.25, seed: 0)
    let workers = try Workers(count: 2)
    let x = Tensor(Support.numbers(4 * 44 * 44, seed: 1), shape: Shape(4, 1, 44, 44))
    weak var tape: Tape?
    weak var input: Variable?
    weak var output: Variable?
    do {
      let pass = Tape(.training, workers: workers)
      let first = pass.input(x)
      let last = network(first)
      (tape, input, output) = (pass, first, last)
      #expect(last.value.shape == Shape(4, 7))
    }
    #expect(tape == nil && input == nil && output == nil)
  }

  // MARK: - Runs

  /// A short run with everything on.
  private var busy: TrainingSettings {
    var s = TrainingSettings()
    s.epochs = 4
    s.batch = 12
    s.mixup.probability = 0.5
    s.average = 0.9
    s.clip = 1
    s.calmEpochs = 1
    s.sizes = [(32, 0.5), (44, 1)]
    s.balancesClasses = true
    return s
  }

  private struct Outcome {
    var weights: [[Float]]
    var model: [UInt8]
    var losses: [Double]
    var sizes: [Int]
    var state: TrainingState
    var isComplete: Bool
  }

  private func run(
    _ settings: TrainingSettings, optimiser: any UpdateRule = SGD(),
    schedule: any Schedule = Warmup(after: Cosine(peak: 0.01), epochs: 1), threads: Int = 2,
    stopsAfter: Int = .max, frozen: [String] = [],
    from saved: (TrainingState, Model)? = nil, teacher: Teacher? = nil, train: FaceSet = ToyFaces.set(48),
    validation: Int = 9
  ) throws -> Outcome {
    let workers = try Workers(count: threads)
    let network = ToyFaces.network()
    let trainer = try Trainer(
      network, optimiser: optimiser, schedule: schedule, settings: settings, workers: workers,
      frozen: try Transfer.frozen(frozen, in: network), teacher: teacher)
    let owner = ToyOwner(trainer, workers: workers)
    owner.stopsAfter = stopsAfter
    let isComplete = try trainer.run(
      on: train, validation: ToyFaces.set(validation, from: 48), preprocessing: preprocessing,
      classes: 3, from: saved, owner: owner)
    let model = try trainer.model(name: "toy", preprocessing: preprocessing, labels: ToyFaces.labels)
    return Outcome(
      weights: network.parameters.map { $0.value.values }, model: try model.encoded(), losses: owner.losses,
      sizes: owner.sizes, state: trainer.snapshot(), isComplete: isComplete)
  }

  @Test("the loss falls, sizes grow, and one seed gives the same weights for any number of threads")
  func determinism() throws {
    var settings = busy
    settings.epochs = 6
    let schedule = Warmup(after: Cosine(peak: 0.03), epochs: 1)
    let one = try run(settings, schedule: schedule, threads: 1)
    let three = try run(settings, schedule: schedule, threads: 3)
    let isSame = one.weights == three.weights && one.state.encoded() == three.state.encoded()
    #expect(isSame && one.losses == three.losses)
    #expect(one.losses[5] < one.losses[0])
    #expect(one.sizes == [32, 32, 32, 44, 44, 44])
    settings.seed = 1
    let differs = try run(settings, schedule: schedule, threads: 2).weights != one.weights
    #expect(differs)
  }

  @Test(
    "a run that stops at any step and goes on from its bytes ends with the same bits",
    arguments: [1, 4, 7, 8, 13, 15],
    [
      (SGD(), Cosine(peak: 0.01)), (Adam(keepsLargest: true), Plateau(peak: 0.01, patience: 0)),
      (AveragedSGD(), OneCycle(peak: 0.01)), (Adadelta(), StepDecay(peak: 0.01)),
    ] as [(any UpdateRule, any Schedule)])
  func resume(stopsAfter: Int, kinds: (any UpdateRule, any Schedule)) throws {
    let (optimiser, schedule) = (kinds.0, Warmup(after: kinds.1, epochs: 1))
    let whole = try run(busy, optimiser: optimiser, schedule: schedule)
    let part = try run(busy, optimiser: optimiser, schedule: schedule, stopsAfter: stopsAfter)
    #expect(whole.isComplete && !part.isComplete)
    let file = try ModelFile(bytes: part.model).loadModel()
    let saved = try TrainingState(part.state.encoded())
    let rest = try run(busy, optimiser: optimiser, schedule: schedule, threads: 1, from: (saved, file))
    // Compared first: a failure must not print a million numbers.
    let isSame = (
      weights: rest.weights == whole.weights, model: rest.model == whole.model,
      state: rest.state.encoded() == whole.state.encoded()
    )
    #expect(rest.isComplete && isSame == (true, true, true))
    #expect(rest.state.history == whole.state.history)
  }

  @Test("the final stage begins with the best weights, and can be resumed too")
  func finalStage() throws {
    var settings = busy
    settings.epochs = 2
    settings.final.epochs = 2
    settings.sizes = []
    let whole = try run(settings)
    #expect(whole.isComplete && whole.losses.count == 4 && whole.state.finalFrom == 2)
    #expect(whole.state.history[2].learningRate == 1e-4)
    let part = try run(settings, stopsAfter: 10)
    let rest = try run(
      settings, from: (part.state, try ModelFile(bytes: part.model).loadModel()))
    let isSame = rest.weights == whole.weights
    #expect(isSame)
    settings.final.takesValidation = true
    let all = try run(settings, validation: 12)
    #expect(all.state.history[1].validationAccuracy.isFinite && all.state.history[2].validationAccuracy.isNaN)
  }

  @Test("early stop ends the run after so many epochs without anything better")
  func earlyStop() throws {
    var settings = busy
    settings.epochs = 50
    settings.earlyStop = 2
    settings.average = 0
    settings.sizes = []
    let outcome = try run(settings, schedule: Warmup(after: Cosine(peak: 1e-7), epochs: 1))
    #expect(outcome.isComplete && outcome.losses.count < 50)
    #expect(outcome.losses.count == outcome.state.best.epoch + 2)
  }

  @Test(
    "a pupil learns its teacher's view against its labels, alike for any number of threads, and can be resumed"
  )
  func teacher() throws {
    var settings = busy
    settings.epochs = 12
    settings.sizes = []
    let schedule = Warmup(after: Cosine(peak: 0.03), epochs: 1)
    let first = try run(settings, schedule: schedule)
    let path = "\(try Support.temporaryFolder())/teacher.ferm"
    try ModelFile(bytes: first.model).loadModel().write(to: path)
    // The pupil's labels are all wrong: what is right can only come from the teacher.
    let wrong = ToyFaces.set(48, turned: 1)
    func teacher(share: Float, faces: FaceSet = wrong, threads: Int = 2) throws -> Teacher {
      try Teacher(
        paths: [path], share: share, faces: faces, preprocessing: preprocessing,
        classes: ToyFaces.labels.names, workers: try Workers(count: threads))
    }
    #expect((try teacher(share: 1, faces: ToyFaces.set(48)).agreement ?? 0) > 0.9)
    #expect((try teacher(share: 1).agreement ?? 1) < 0.1)
    settings.seed = 5
    let pupil = try run(
      settings, schedule: schedule, threads: 1, teacher: try teacher(share: 1, threads: 1), train: wrong)
    let accuracy = try #require(pupil.state.history.last?.validationAccuracy)
    #expect(accuracy > 0.7)
    let again = try run(
      settings, schedule: schedule, threads: 3, teacher: try teacher(share: 1), train: wrong)
    let isSame = again.weights == pupil.weights
    #expect(isSame)
    let part = try run(
      settings, schedule: schedule, stopsAfter: 9, teacher: try teacher(share: 1), train: wrong)
    let rest = try run(
      settings, schedule: schedule, from: (part.state, try ModelFile(bytes: part.model).loadModel()),
      teacher: try teacher(share: 1), train: wrong)
    let isResumed = rest.weights == pupil.weights
    #expect(isResumed)
    #expect(throws: TrainError.self) {
      try run(settings, teacher: try teacher(share: 1, faces: ToyFaces.set(40)), train: wrong)
    }
    settings.final.epochs = 1
    settings.final.takesValidation = true
    #expect(throws: TrainError.self) {
      try run(settings, teacher: try teacher(share: 1), train: wrong)
    }
  }

  @Test(
    "a teacher that sees the crops teaches blended faces, alike for any number of threads and after a stop")
  func liveTeacher() throws {
    var settings = busy
    settings.epochs = 12
    settings.sizes = []
    let schedule = Warmup(after: Cosine(peak: 0.03), epochs: 1)
    let path = "\(try Support.temporaryFolder())/teacher.ferm"
    try ModelFile(bytes: try run(settings, schedule: schedule).model).loadModel().write(to: path)
    // Sizes differ from the teacher's for half of the run.
    settings.sizes = busy.sizes
    settings.mixup.probability = 1
    settings.seed = 5
    func pupil(
      threads: Int, stopsAfter: Int = .max, from saved: (TrainingState, Model)? = nil
    ) throws -> Outcome {
      let teacher = try Teacher(
        ofCrops: [path], share: 1, preprocessing: preprocessing, classes: ToyFaces.labels.names,
        workers: try Workers(count: threads), precision: .exact)
      return try run(
        settings, schedule: schedule, threads: threads, stopsAfter: stopsAfter, from: saved, teacher: teacher,
        train: ToyFaces.set(48, turned: 1))
    }
    let one = try pupil(threads: 1)
    let accuracy = try #require(one.state.history.last?.validationAccuracy)
    #expect(accuracy > 0.7)
    let isSame = try pupil(threads: 3).weights == one.weights
    #expect(isSame)
    let part = try pupil(threads: 2, stopsAfter: 9)
    let rest = try pupil(threads: 2, from: (part.state, try ModelFile(bytes: part.model).loadModel()))
    let isResumed = rest.weights == one.weights
    #expect(isResumed)
  }

  @Test("several teachers say the mean of their logits, each at its own temperature and then at a common one")
  func teachers() throws {
    let folder = try Support.temporaryFolder()
    var settings = busy
    settings.epochs = 1
    settings.sizes = []
    let paths = try [(seed: UInt64(1), own: Float(2)), (2, 0.5)].map { seed, own in
      settings.seed = seed
      var model = try ModelFile(bytes: try run(settings).model).loadModel()
      model.labels.temperature = own
      let path = "\(folder)/\(seed).ferm"
      try model.write(to: path)
      return path
    }
    let faces = ToyFaces.set(12)
    func said(_ paths: [String], temperature: Float = 1) throws -> [Float] {
      try Teacher(
        paths: paths, temperature: temperature, share: 1, faces: faces, preprocessing: preprocessing,
        classes: ToyFaces.labels.names, workers: try Workers(count: 1)
      ).opinion(
        of: Array(0..<faces.count), Tensor([], shape: Shape(0, 1, 44, 44)), as: preprocessing, from: 0,
        of: faces.count
      ).probabilities
    }
    let (a, b) = (try said([paths[0]]), try said([paths[1]]))
    let together = try said(paths, temperature: 3)
    let classes = ToyFaces.labels.names.count
    for face in 0..<faces.count {
      let row = (face * classes)..<((face + 1) * classes)
      let raised = row.map { exp((log(Double(a[$0])) + log(Double(b[$0]))) / 2 / 3) }
      for (place, value) in zip(row, raised) {
        #expect(abs(Double(together[place]) - value / raised.reduce(0, +)) < 1e-5)
      }
    }
    #expect(a != b)
  }

  @Test("frozen parameters stay as they are, and the others learn")
  func frozen() throws {
    var settings = busy
    settings.epochs = 1
    settings.average = 0
    let start = ToyFaces.network()
    let outcome = try run(settings, frozen: ["conv1*", "bn*"])
    for (parameter, values) in zip(start.parameters, outcome.weights) {
      let isFrozen = parameter.name.hasPrefix("conv1") || parameter.name.hasPrefix("bn")
      #expect((parameter.value.values == values) == isFrozen, "\(parameter.name)")
    }
    #expect(throws: TrainError.self) { try Transfer.frozen(["nothing*"], in: start) }
    #expect(throws: TrainError.self) { try Transfer.frozen(["*"], in: start) }
  }

  @Test("a loss that is no number stops the run with epoch and step")
  func divergence() throws {
    var settings = busy
    settings.clip = 0
    do {
      _ = try run(settings, schedule: Constant(peak: 1e30))
      Issue.record("the run did not stop")
    } catch let error as TrainError {
      guard case .diverged(let text) = error else { throw error }
      #expect(text.contains("epoch 1") && text.contains("--lr"))
    }
  }

  @Test("damaged and foreign training states are refused")
  func badStates() throws {
    var state = TrainingState()
    state.settings = [("a", "1"), ("b", "2")]
    state.tensors = [("t", [1, 2, 3])]
    let bytes = state.encoded()
    #expect(try TrainingState(bytes).tensors[0].values == [1, 2, 3])
    for count in [0, 7, bytes.count / 2, bytes.count - 1] {
      #expect(throws: TrainError.self) { try TrainingState(Array(bytes.prefix(count))) }
    }
    #expect(state.mismatch(with: [("a", "1"), ("b", "2")]) == nil)
    #expect(state.mismatch(with: [("a", "1"), ("b", "3")]) == "b is 2 in the run and 3 now")
    #expect(state.mismatch(with: [("a", "1")])?.contains("missing now") == true)
  }
}
