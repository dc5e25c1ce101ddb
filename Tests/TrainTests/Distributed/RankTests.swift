import FermFormat
import FermRuntime
import TestSupport
import Testing

@testable import FermTrain

@Suite("Ranks")
struct RankTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var network = "vgg-s"
    var sam = false
    var isTaught = false
    var change: @Sendable (inout TrainingSettings) -> Void = { _ in }
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "dropout, balanced classes, mixup") {
      $0.balancesClasses = true
      $0.mixup = (1, 0.4)
    },
    Case(name: "SAM, clip", sam: true) { $0.clip = 0.5 },
    Case(name: "bf16, ten crops, an odd batch") {
      $0.precision = TrainingPrecision.bf16.isAvailable ? .bf16 : .fp32
      $0.augmentation.crops = .ten
      $0.batch = 11
      $0.mixup = (1, 0.4)
    },
    Case(name: "corrected labels, CutMix") {
      $0.cutmix = (0.5, 1)
      $0.correction = LabelCorrection(share: 0.5, from: 0.5, decay: 0.5)
    },
    Case(name: "a teacher that sees the crops", isTaught: true) {
      $0.mixup = (0.5, 1)
      $0.augmentation.crops = .ten
    },
    Case(name: "gradients added in bf16") { $0.wire = .bf16 },
    Case(name: "ResNet-18", network: "resnet18") { $0.epochs = 1 },
    Case(name: "MobileNetV2 with drop path", network: "mobilenetv2") { $0.epochs = 1 },
  ]

  private struct Outcome: Equatable {
    var values: [[Float]]
    var state: [UInt8]
  }

  private static func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batch = 12
    settings.shards = 4
    settings.calmEpochs = 0
    settings.sizes = [(32, 1)]
    change(&settings)
    return settings
  }

  /// A run of a few steps as one rank sees it.
  private static func run(
    _ group: any ProcessGroup, _ settings: TrainingSettings, network name: String = "vgg-s",
    method: any GradientMethod = PlainGradients(), threads: Int = 1, stopsAfter: Int = .max,
    from saved: (TrainingState, Model)? = nil, teacher path: String? = nil
  ) throws -> (outcome: Outcome, trainer: Trainer, steps: Int) {
    let workers = try Workers(count: threads)
    let network = try NetworkKind.named(name).make(
      NetworkSettings(
        classes: 3, width: name == "vgg-s" ? 0.125 : 1, dropout: 0.2,
        dropPath: name == "vgg-s" ? 0 : 0.3, seed: 4))
    let teacher = try path.map {
      try Teacher(
        ofCrops: [$0], share: 0.5, preprocessing: .greyFaces((48, 44)), classes: ToyFaces.labels.names,
        workers: workers, precision: .exact)
    }
    let trainer = try Trainer(
      network, settings: settings, workers: workers, method: method, group: group, teacher: teacher)
    let owner = ToyOwner(trainer, workers: workers)
    owner.stopsAfter = stopsAfter
    _ = try trainer.run(
      on: ToyFaces.set(24), validation: FaceSet(), preprocessing: .greyFaces((48, 44)), classes: 3,
      from: saved, owner: owner)
    let values = network.parameters.map { $0.value.values }
    return (Outcome(values: values, state: trainer.snapshot().encoded()), trainer, owner.steps)
  }

  @Test("1, 2 and 4 of them end with the same bits, whatever their threads", arguments: cases)
  func bits(_ given: Case) throws {
    let settings = Self.settings(given.change)
    let teacher = given.isTaught ? try ToyFaces.teacher() : nil
    func outcomes(_ ranks: Int) throws -> [Outcome] {
      try ThreadGroup.run(ranks) { group in
        try Self.run(
          group, settings, network: given.network,
          method: given.sam ? SAM(rho: 0.05) : PlainGradients(), threads: ranks == 2 ? 1 : 2, teacher: teacher
        ).outcome
      }
    }
    let one = try Self.run(
      SingleProcess(), settings, network: given.network,
      method: given.sam ? SAM(rho: 0.05) : PlainGradients(), threads: 3, teacher: teacher
    ).outcome
    for ranks in [1, 2, 4] {
      let isSame = try outcomes(ranks).allSatisfy { $0 == one }
      #expect(isSame, "\(ranks) ranks")
    }
    let start = Self.settings { $0.shards = 1 }
    let whole = try Self.run(SingleProcess(), start, network: given.network).outcome
    let isOther = whole != one
    #expect(isOther, "shards change what is learned")
  }

  @Test("a run goes on with another number of them, to the bits of one that was not stopped")
  func resume() throws {
    let settings = Self.settings()
    let whole = try Self.run(SingleProcess(), settings).outcome
    let saved = try ThreadGroup.run(4) { group in
      // Only one of them is asked to stop.
      let part = try Self.run(group, settings, stopsAfter: group.rank == 2 ? 3 : .max)
      let model = try part.trainer.model(
        name: "toy", preprocessing: .greyFaces((48, 44)), labels: ToyFaces.labels)
      return (steps: part.steps, state: part.outcome.state, model: try model.encoded())
    }
    #expect(saved.map { $0.steps } == [3, 3, 3, 3])
    let rest = try ThreadGroup.run(2) { group in
      try Self.run(
        group, settings,
        from: (try TrainingState(saved[1].state), try ModelFile(bytes: saved[0].model).loadModel())
      ).outcome
    }
    let isSame = rest.allSatisfy { $0 == whole }
    #expect(isSame)
  }

  @Test("sums of layers are begun while earlier layers still go back")
  func overlap() throws {
    let logs = try ThreadGroup.run(2) { group in
      let workers = try Workers(count: 1)
      let network = try NetworkKind.named("resnet18").make(NetworkSettings(classes: 3))
      let step = TrainingStep(
        network, optimiser: Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers)),
        group: group, plan: try ShardPlan(4, in: group), workers: workers)
      var log: [String] = []
      let names = Dictionary(
        uniqueKeysWithValues: network.parameters.compactMap { parameter in
          parameter.gradient.map { (ObjectIdentifier($0.storage), parameter.name) }
        })
      group.observer = { log.append("sum \(names[ObjectIdentifier($0.storage)] ?? "of several")") }
      step.observer = { if $0.isBackward { log.append($0.name) } }
      _ = try step(
        inputs: Tensor(Support.numbers(4 * 32 * 32, seed: 1), shape: Shape(4, 1, 32, 32)),
        targets: Targets([0, 1, 2, 0, 1, 2, 0, 1], classes: 3), seed: 1, learningRate: 0.1)
      return log
    }
    #expect(logs[0] == logs[1])
    let first = try #require(logs[0].firstIndex(of: "sum layer4.1.conv2.weight"))
    let early = try #require(logs[0].firstIndex(of: "sum layer1.0.conv1.weight"))
    let last = try #require(logs[0].lastIndex { !$0.hasPrefix("sum") })
    #expect(logs[0][first..<last].count { $0 == "convolution" } > 10)
    #expect(first < early && early < last)
    // What was not sent by itself came in few parcels.
    #expect(logs[0].count { $0 == "sum of several" } <= 4)
  }

  @Test(
    "one that is lost leaves the others at their last whole step",
    arguments: [false, true], [nil, LabelCorrection(share: 0.5, from: 0, decay: 0.5)])
  func loss(sam: Bool, correction: LabelCorrection?) throws {
    let method: any GradientMethod = sam ? SAM(rho: 0.05) : PlainGradients()
    let settings = Self.settings { $0.correction = correction }
    let two = try Self.run(SingleProcess(), settings, method: method, stopsAfter: 2).outcome
    // Each step takes a message about stopping, and two for each pass.
    for messages in (2 * (sam ? 5 : 3))..<(3 * (sam ? 5 : 3)) {
      let outcomes = try ThreadGroup.run(2) { group in
        group.messagesLeft = messages
        let workers = try Workers(count: 1)
        let network = try NetworkKind.named("vgg-s").make(
          NetworkSettings(classes: 3, width: 0.125, dropout: 0.2, seed: 4))
        let trainer = try Trainer(
          network, settings: settings, workers: workers, method: method, group: group)
        do {
          _ = try trainer.run(
            on: ToyFaces.set(24), validation: FaceSet(), preprocessing: .greyFaces((48, 44)), classes: 3,
            owner: ToyOwner(trainer, workers: workers))
        } catch TrainError.processLost {
          let values = network.parameters.map { $0.value.values }
          return Outcome(values: values, state: trainer.snapshot().encoded())
        }
        return Outcome(values: [], state: [])
      }
      let isSame = outcomes.allSatisfy { $0 == two }
      #expect(isSame, "after \(messages) messages")
    }
  }
}
