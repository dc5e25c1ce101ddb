internal import FermFormat
public import FermRuntime

/// One step of training: gradients, their reduction, their transforms, the update, the average.
///
/// ```swift
/// func losses(_ network: any Network, _ batches: [(inputs: Tensor, labels: [Int])]) throws -> [Float] {
///   let workers = try Workers()
///   let optimiser = Optimiser(network.parameters, rule: SGD(), sharer: Sharer(workers))
///   let step = TrainingStep(network, optimiser: optimiser, workers: workers)
///   return try batches.enumerated().map { i, batch in
///     let targets = Targets(batch.labels, classes: network.classes)
///     return try step(inputs: batch.inputs, targets: targets, seed: UInt64(i), learningRate: 0.01).loss
///   }
/// }
/// ```
public final class TrainingStep {
  let network: any Network
  /// What changes the parameters.
  public let optimiser: Optimiser
  /// Follows the weights, where an average is kept.
  public var average: WeightAverage?
  /// Told of each operator as soon as it is done.
  public var observer: ((Tape.Record) -> Void)?
  private let method: any GradientMethod
  let group: any ProcessGroup
  let plan: ShardPlan
  private let wire: WireFormat
  /// Whether every process gets the logits of the whole batch.
  let sharesLogits: Bool
  private let transforms: [any GradientTransform]
  private let workers: Workers
  private let engine: Engine
  private let precision: TrainingPrecision
  let pool: BufferPool
  private(set) lazy var sums = ShardSums(
    network, trained: optimiser.parameters, plan, group, as: wire, Sharer(workers))

  /// Puts a step together.
  ///
  /// - Parameters:
  ///   - method: how it comes by its gradients.
  ///   - group: the processes that share each batch's shards.
  ///   - plan: how a batch is cut, made for that group.
  ///   - wire: what gradients are while shards are added.
  ///   - sharesLogits: whether every process gets the logits of the whole batch, with the loss; else it has those of its own faces.
  ///   - transforms: what is done to the gradients then, in order.
  ///   - precision: what the fast engine multiplies; fp32 where the processor lacks what it takes.
  ///   - pool: keeps buffers from step to step.
  public init(
    _ network: any Network, optimiser: Optimiser, method: any GradientMethod = PlainGradients(),
    group: any ProcessGroup = SingleProcess(), plan: ShardPlan = ShardPlan(),
    wire: WireFormat = .fp32, sharesLogits: Bool = false, transforms: [any GradientTransform] = [],
    workers: Workers, engine: Engine = .fast, precision: TrainingPrecision = .fp32,
    pool: BufferPool = BufferPool()
  ) {
    self.network = network
    self.optimiser = optimiser
    self.method = method
    self.group = group
    self.plan = plan
    self.wire = wire
    self.sharesLogits = sharesLogits
    self.transforms = transforms
    self.workers = workers
    self.engine = engine
    self.precision = precision
    self.pool = pool
  }

  /// Does a step; a loss that is no number changes no weight.
  ///
  /// - Parameters:
  ///   - inputs: `[N, C, H, W]`, preprocessed; of several processes, the faces of this one's shards.
  ///   - targets: those of the whole batch.
  ///   - seed: fixes dropout.
  ///   - progress: the share of the run that is done.
  /// - Throws: `processLost`; nothing has changed then.
  /// - Complexity: about three forward passes, and as many again for a method that goes over the batch twice.
  public func callAsFunction(
    inputs: Tensor, targets: Targets, seed: UInt64, learningRate: Double, progress: Double = 0
  ) throws(TrainError) -> StepResult {
    let sharer = Sharer(workers)
    let pass = GradientPass(
      parameters: optimiser.parameters, sharer: sharer, pool: pool, progress: progress
    ) {
      movesStatistics throws(TrainError) in
      try self.plan.count == 1
        ? self.gradients(inputs: inputs, targets: targets, seed: seed, movesStatistics: movesStatistics)
        : self.shardedGradients(
          inputs: inputs, targets: targets, seed: seed, movesStatistics: movesStatistics)
    }
    let result: StepResult
    do throws(TrainError) { result = try method.gradients(pass) } catch {
      // The pass that was lost may not have been the one that moved them.
      if plan.count > 1 { sums.undo() }
      throw error
    }
    guard result.loss.isFinite else { return result }
    for transform in transforms { transform.apply(to: optimiser.parameters, sharer) }
    optimiser.step(learningRate: learningRate)
    average?.update(step: optimiser.steps)
    return result
  }

  /// Forward and backward over one batch; its gradients are left in the parameters.
  ///
  /// - Parameter movesStatistics: whether batch norm's running statistics follow the batch.
  public func gradients(
    inputs: Tensor, targets: Targets, seed: UInt64, movesStatistics: Bool = true
  ) -> StepResult {
    pass(inputs: inputs, targets: targets, seed: seed, movesStatistics: movesStatistics, sums: nil)
  }

  /// Forward and backward over a batch, or a shard of one.
  ///
  /// - Parameter sums: told how far the shard is.
  func pass(
    inputs: Tensor, targets: Targets, seed: UInt64, movesStatistics: Bool, sums: ShardSums?
  ) -> StepResult {
    for parameter in network.parameters { parameter.clearGradient() }
    let tape = Tape(
      .training, workers: workers, pool: pool, seed: seed, engine: engine, precision: precision,
      movesStatistics: movesStatistics)
    tape.observer = observer
    if let sums { tape.gradientIsWhole = sums.isWhole }
    let logits = network(tape.input(inputs))
    sums?.wentForward()
    let loss = logits.crossEntropy(targets)
    var right = 0
    let classes = logits.shape[1]
    logits.value.withSpan { scores in
      for (n, label) in targets.labels.enumerated() {
        let row = scores.extracting((n * classes)..<((n + 1) * classes))
        if !row.indices.contains(where: { row[$0] > row[label] }) { right += 1 }
      }
    }
    tape.backward(from: loss)
    sums?.wentBack()
    return StepResult(loss: loss.value[0], right: right, logits: logits.value.values)
  }
}

/// What came out of a batch.
public struct StepResult: Equatable, Sendable {
  /// The mean loss.
  public var loss: Float
  /// How many labels have the largest logit.
  public var right: Int
  /// `[rows, classes]`: of this process's faces, or of the whole batch where the step shares them.
  public var logits: [Float]
}
