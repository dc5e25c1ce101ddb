public import FermFormat
public import FermRuntime

/// The settings of a run; together with the data they fix every bit of its result.
public struct TrainingSettings: Sendable {
  /// Passes over the training faces.
  public var epochs = 30
  /// Faces in a step.
  public var batch = 64
  /// The largest learning rate.
  public var learningRate: Float = 0.02
  /// Pull of every parameter towards zero.
  public var weightDecay: Float = 1e-4
  /// Fixes initial weights, order, crops and dropout.
  public var seed: UInt64 = 0
  /// The optimiser's name.
  public var optimiser = "nesterov"
  /// The schedule's name.
  public var schedule = "cosine"

  /// Makes the default settings.
  public init() {}
}

/// What a run tells its owner as it goes.
public enum TrainingEvent: Sendable {
  /// A step is done: steps so far in this epoch, of all, and the faces of one step.
  case step(epoch: Int, done: Int, of: Int, batch: Int)
  /// An epoch is done.
  case epoch(EpochResult)
}

/// One row of results.csv, but for the time it took.
public struct EpochResult: Sendable {
  /// From 1.
  public let epoch: Int
  /// The learning rate of the epoch's first step.
  public let learningRate: Float
  /// Mean loss and accuracy over the training faces as they were seen.
  public let train: (loss: Double, accuracy: Double)
  /// The evaluation on the validation faces.
  public let validation: Evaluation?
  /// Whether no earlier epoch was as good.
  public let isBest: Bool
}

/// Trains a network, one step after the other.
public final class Trainer {
  private let network: any Network
  private let settings: TrainingSettings
  private let workers: Workers
  private let engine: Engine
  /// Told of each operator of a step as soon as it is done.
  public var observer: ((Tape.Operation) -> Void)?
  private let pool = BufferPool()

  /// Prepares a run.
  public init(
    _ network: any Network, settings: TrainingSettings, workers: Workers, engine: Engine = .fast
  ) {
    self.network = network
    self.engine = engine
    self.settings = settings
    self.workers = workers
  }

  /// Runs all epochs.
  ///
  /// - Parameters:
  ///   - validate: evaluates the network as it is after an epoch.
  ///   - report: told of every step and epoch; a failure in it ends the run.
  /// - Throws: `setting`, `diverged` when the loss is no longer a number, and what `validate` and `report` throw.
  public func run(
    on set: FaceSet, preprocessing: Preprocessing, validate: () throws(TrainError) -> Evaluation?,
    report: (TrainingEvent) throws(TrainError) -> Void
  ) throws(TrainError) {
    guard set.count > 0 else { throw .data("There are no faces to train on.") }
    let optimiser = try OptimiserKind.named(settings.optimiser).make(
      network.parameters, settings.weightDecay, Sharer(workers))
    let schedule = try ScheduleKind.named(settings.schedule)
    let sampler = BatchSampler(
      set: set, preprocessor: Preprocessor(preprocessing), batch: settings.batch, seed: settings.seed)
    let steps = set.count / min(settings.batch, set.count)
    var best = -1.0
    for epoch in 0..<settings.epochs {
      func rate(_ step: Int) -> Float {
        let progress = Double(epoch * steps + step) / Double(max(settings.epochs * steps, 1))
        return settings.learningRate * Float(schedule.factor(progress))
      }
      var (loss, right, seen) = (0.0, 0, 0)
      for (i, faces) in sampler.order(epoch: epoch).enumerated() {
        let result = try step(
          inputs: sampler.inputs(faces, epoch: epoch), shape: preprocessing.inputShape,
          labels: faces.map { set.labels[$0] },
          seed: RandomNumbers.mix(settings.seed &+ UInt64(epoch * steps + i)))
        guard result.loss.isFinite else {
          throw .diverged(
            "The loss is no longer a number in epoch \(epoch + 1), step \(i + 1); try a smaller --lr than \(settings.learningRate)."
          )
        }
        optimiser.step(learningRate: rate(i))
        loss += Double(result.loss) * Double(faces.count)
        right += result.right
        seen += faces.count
        try report(.step(epoch: epoch + 1, done: i + 1, of: steps, batch: faces.count))
      }
      let evaluation = try validate()
      let score = evaluation?.top1 ?? Double(epoch)
      try report(
        .epoch(
          EpochResult(
            epoch: epoch + 1, learningRate: rate(0),
            train: (loss / Double(seen), Double(right) / Double(seen)), validation: evaluation,
            isBest: score > best)))
      best = max(best, score)
    }
  }

  /// Forward and backward over one batch; gradients are left in the parameters.
  ///
  /// - Parameters:
  ///   - inputs: `[N, C, H, W]`, preprocessed; `shape` is `[C, H, W]`.
  ///   - seed: fixes dropout.
  /// - Returns: the mean loss, and how many labels have the largest logit.
  public func step(
    inputs: [Float], shape: Shape, labels: [Int], seed: UInt64
  ) throws(TrainError) -> (loss: Float, right: Int) {
    guard engine == .plain || TrainKernels.chosen != nil else {
      throw .setting(
        "FERM_INSTRUCTIONS must be portable, avx2 or avx512, and this processor must have the instructions.")
    }
    for parameter in network.parameters { parameter.clearGradient() }
    let tape = Tape(.training, workers: workers, pool: pool, seed: seed, engine: engine)
    tape.observer = observer
    let x = tape.input(Tensor(inputs, shape: Shape([labels.count] + shape.dimensions)))
    let logits = network(x)
    let loss = logits.crossEntropy(labels)
    var right = 0
    let classes = logits.shape[1]
    for (n, label) in labels.enumerated() {
      let row = logits.value.data + n * classes
      if !(0..<classes).contains(where: { row[$0] > row[label] }) { right += 1 }
    }
    tape.backward(from: loss)
    return (loss.value.data[0], right)
  }
}
