public import FermFormat
public import FermRuntime

/// Trains a network, one step after the other.
///
/// The owner validates, stores and reports through ``TrainingOwner``; this class holds the order of things.
public final class Trainer {
  private let network: any Network
  private let settings: TrainingSettings
  private let workers: Workers
  private let engine: Engine
  /// Told of each operator of a step as soon as it is done.
  public var observer: ((Tape.Record) -> Void)?
  private let pool = BufferPool()
  private let trained: [Parameter]
  private let teacher: Teacher?
  private var optimiser: Optimiser
  private var schedule: any Schedule
  private var average: WeightAverage?
  /// Where the run stands, without its tensors; ``snapshot()`` adds those.
  public private(set) var state = TrainingState()

  /// Prepares a run.
  ///
  /// - Throws: `setting` for an optimiser or schedule that does not exist, or instructions that are not there.
  /// - Parameters:
  ///   - frozen: parameters that stay as they are (``Parameter/isFrozen``), running statistics among them.
  ///   - teacher: a model's view of the training faces, and of the validation faces after them if a final stage takes those.
  ///   - description: settings and data as texts; a checkpoint keeps them, and a resume compares them.
  public init(
    _ network: any Network, settings: TrainingSettings, workers: Workers, engine: Engine = .fast,
    frozen: [Parameter] = [], teacher: Teacher? = nil, description: [(key: String, value: String)] = []
  ) throws(TrainError) {
    guard engine == .plain || KernelTable.chosen != nil else {
      throw .setting(
        "FERM_INSTRUCTIONS must be portable, avx2 or avx512, and this processor must have the instructions.")
    }
    self.network = network
    self.engine = engine
    self.settings = settings
    self.workers = workers
    self.teacher = teacher
    for parameter in frozen { parameter.isFrozen = true }
    trained = network.parameters.filter { !$0.isFrozen }
    optimiser = try OptimiserKind.named(settings.optimiser).make(
      trained, settings.optimising, Sharer(workers))
    schedule = try Self.schedule(settings, isFinal: false)
    state.settings = description
  }

  static func schedule(
    _ settings: TrainingSettings, isFinal: Bool
  ) throws(TrainError) -> any Schedule {
    var scheduling = settings.scheduling
    if isFinal {
      scheduling.peak = settings.final.learningRate
      return try ScheduleKind.named(settings.final.schedule).make(scheduling)
    }
    let schedule = try ScheduleKind.named(settings.schedule).make(scheduling)
    return settings.warmup > 0 ? Warmup(after: schedule, epochs: settings.warmup) : schedule
  }

  /// What is to be deployed of a parameter: its average where one is kept, else the parameter as it is.
  private var averages: [ObjectIdentifier: Tensor] {
    guard let average else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: zip(network.parameters, average.tensors).map { (ObjectIdentifier($0), $1) })
  }

  /// The network as one would deploy it now.
  public func model(
    name: String, preprocessing: Preprocessing, labels: LabelSet, provenance: Provenance = Provenance()
  ) throws(TrainError) -> Model {
    try Model(
      network, name: name, preprocessing: preprocessing, labels: labels, provenance: provenance,
      averages: averages, workers: workers)
  }

  // MARK: - Running

  /// Runs all epochs, or what is left of them.
  ///
  /// - Parameters:
  ///   - train: the training faces, resized to `preprocessing.resized`.
  ///   - validation: the faces that choose.
  ///   - preprocessing: the network's own, at its full size.
  ///   - saved: where an interrupted run stood, and the model of that moment.
  /// - Returns: whether the run is complete; false when the owner stopped it.
  /// - Throws: `data` without faces, `diverged` when the loss or a weight is no longer a number, `checkpoint` when `saved`
  ///   does not fit, and what the owner throws.
  public func run(
    on train: FaceSet, validation: FaceSet, preprocessing: Preprocessing, classes: Int,
    from saved: (state: TrainingState, model: Model)? = nil, owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    guard train.count > 0 else { throw .data("There are no faces to train on.") }
    var all = train
    if settings.final.takesValidation { all.append(validation) }
    guard teacher.map({ $0.faces >= all.count }) ?? true else {
      throw .data("The teacher has not seen all of the training faces.")
    }
    func steps(_ faces: Int) -> Int { faces / max(1, min(settings.batch, faces)) }
    let (mainSteps, finalSteps) = (
      settings.epochs * steps(train.count), settings.final.epochs * steps(all.count)
    )
    if let saved {
      try restore(saved.state, saved.model, steps: saved.state.finalFrom == nil ? mainSteps : finalSteps)
    } else {
      beginAverage(steps: mainSteps)
    }
    while true {
      let isStuck = settings.earlyStop > 0 && state.epoch - state.best.epoch >= settings.earlyStop
      if state.finalFrom == nil, state.step == 0, state.epoch >= settings.epochs || isStuck {
        if isStuck { try owner.report(.stoppedEarly(epoch: state.epoch)) }
        guard settings.final.epochs > 0 else { return true }
        try beginFinalStage(steps: finalSteps, owner)
      }
      if let start = state.finalFrom, state.epoch >= start + settings.final.epochs { return true }
      let isFinal = state.finalFrom != nil
      let recipe =
        isFinal ? preprocessing : settings.preprocessing(epoch: state.epoch, of: preprocessing)
      let faces = isFinal ? all : train
      guard try runEpoch(faces, recipe, preprocessing.resized, classes, owner) else { return false }
      try checkWeights()
      let chooses = validation.count > 0 && !(isFinal && settings.final.takesValidation)
      guard try endEpoch(chooses ? validation : nil, recipe, preprocessing, owner) else { return false }
    }
  }

  private func beginAverage(steps: Int) {
    let sharer = Sharer(workers)
    let takesMean = OptimiserKind.all.first { $0.name == settings.optimiser }?.averages ?? false
    average =
      takesMean
      ? WeightAverage(network.parameters, .mean(after: steps / 2), sharer: sharer)
      : settings.average > 0
        ? WeightAverage(network.parameters, .exponential(settings.average), sharer: sharer) : nil
  }

  private func beginFinalStage(steps: Int, _ owner: some TrainingOwner) throws(TrainError) {
    try owner.bestModel().load(into: network)
    optimiser = try OptimiserKind.named(settings.optimiser).make(
      trained, settings.optimising, Sharer(workers))
    schedule = try Self.schedule(settings, isFinal: true)
    beginAverage(steps: steps)
    state.finalFrom = state.epoch
  }

  /// The steps of one epoch that are left; false when the owner stops the run among them.
  private func runEpoch(
    _ set: FaceSet, _ recipe: Preprocessing, _ faces: Extent, _ classes: Int, _ owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    let isFinal = state.finalFrom != nil
    let (epoch, seed) = (state.epoch, settings.seed)
    let isCalm = !isFinal && settings.isCalm(epoch: epoch)
    let augmentation = isCalm ? settings.augmentation.withoutErasing : settings.augmentation
    let sampler = BatchSampler(
      set, faces: faces, recipe: recipe, augmentation: augmentation, seed: seed)
    let batches = BatchSampler.order(count: set.count, batch: settings.batch, epoch: epoch, seed: seed)
    let weights = settings.balancesClasses ? set.balancedWeights(classes: classes) : nil
    let crops = augmentation.crops.count
    let mixes = settings.mixup.probability > 0 && !isCalm && !isFinal
    let first = state.finalFrom ?? 0
    let all = Double((isFinal ? settings.final.epochs : settings.epochs) * batches.count)
    func rate(_ step: Int) -> Double {
      schedule.rate(
        at: SchedulePlace(
          step: Double((epoch - first) * batches.count + step), steps: all,
          epochSteps: Double(batches.count)))
    }
    for i in state.step..<batches.count {
      if owner.wantsStop { return false }
      let inputs = sampler.inputs(batches[i], epoch: epoch, pool: pool, workers: workers)
      var random = RandomNumbers(seed: seed, 0x6D69_7875, UInt64(epoch), UInt64(i))
      var share: Float?
      if mixes, Double(random.uniform()) < settings.mixup.probability {
        let lambda = Targets.share(alpha: settings.mixup.alpha, &random)
        Targets.mix(inputs, faces: batches[i].count, crops: crops, share: lambda)
        share = lambda
      }
      let targets = Targets(
        batches[i].map { set.labels[$0] }, classes: classes, smoothing: settings.smoothing,
        weights: weights, crops: crops, teacher: teacher?.opinion(of: batches[i]), mix: share)
      let result = step(
        inputs: inputs, targets: targets,
        seed: RandomNumbers.mix(seed &+ UInt64(epoch * batches.count + i)))
      guard result.loss.isFinite else { throw diverged("The loss is no longer a number", step: i + 1) }
      if settings.clip > 0 { Gradients.clip(optimiser.parameters, to: settings.clip, Sharer(workers)) }
      optimiser.step(learningRate: rate(i))
      average?.update(step: optimiser.steps)
      state.running.loss += Double(result.loss) * Double(targets.labels.count)
      state.running.right += result.right
      state.running.seen += targets.labels.count
      state.step = i + 1
      try owner.report(
        .step(epoch: epoch + 1, done: i + 1, of: batches.count, faces: batches[i].count))
    }
    state.history.append(TrainingState.HistoryRow(learningRate: rate(0)))
    return true
  }

  private func diverged(_ what: String, step: Int?) -> TrainError {
    let place = step.map { ", step \($0)" } ?? ""
    let way =
      state.epoch > 0
      ? "last.ferm holds the state after epoch \(state.epoch), and best.ferm the best so far: go on from one of them with --init and a smaller --lr."
      : "Try a smaller --lr."
    return .diverged(
      "\(what) in epoch \(state.epoch + 1)\(place), at a learning rate of up to \(settings.scheduling.peak). \(way)"
    )
  }

  /// A checkpoint must not hold what is no number.
  private func checkWeights() throws(TrainError) {
    let sharer = Sharer(workers)
    for parameter in network.parameters {
      let data = parameter.value.data
      // A sum of values times zero is zero unless one of them is infinite or no number.
      let sum = sharer.sum(parameter.value.count) { range in
        var sum: Float = 0
        for i in range { sum += data[i] * 0 }
        return Double(sum)
      }
      guard sum == 0 else {
        throw diverged("The weights of \(parameter.name) are no longer numbers", step: nil)
      }
    }
  }

  /// Validates and counts the epoch; false when the owner stops the run before that is done.
  private func endEpoch(
    _ validation: FaceSet?, _ recipe: Preprocessing, _ own: Preprocessing, _ owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    var evaluation: Evaluation?
    if let validation {
      evaluation = try owner.validate(
        validation.fitted(to: recipe, from: own, workers: workers), recipe)
      guard evaluation != nil else {
        // The epoch's row comes again when its last step is gone on from.
        state.history.removeLast()
        return false
      }
    }
    // Without faces that choose, the latest epoch is the best.
    let score = evaluation?.top1 ?? -1
    schedule.epochEnded(score: score)
    let seen = Double(max(state.running.seen, 1))
    let last = state.history.count - 1
    state.history[last].trainLoss = state.running.loss / seen
    state.history[last].trainAccuracy = Double(state.running.right) / seen
    if let evaluation {
      state.history[last].validationLoss = evaluation.loss
      state.history[last].validationAccuracy = evaluation.top1
    }
    state.epoch += 1
    state.step = 0
    state.running = (0, 0, 0)
    let isBest = evaluation == nil || score > state.best.score
    if isBest { state.best = (score, state.epoch) }
    try owner.report(
      .epoch(
        EpochResult(
          epoch: state.epoch, row: state.history[last], validation: evaluation, isBest: isBest,
          preprocessing: recipe)))
    return true
  }

  // MARK: - Steps

  /// Forward and backward over one batch; gradients are left in the parameters.
  ///
  /// - Parameters:
  ///   - inputs: `[N, C, H, W]`, preprocessed.
  ///   - seed: fixes dropout.
  /// - Returns: the mean loss, and how many labels have the largest logit.
  public func step(inputs: Tensor, targets: Targets, seed: UInt64) -> (loss: Float, right: Int) {
    for parameter in network.parameters { parameter.clearGradient() }
    let tape = Tape(.training, workers: workers, pool: pool, seed: seed, engine: engine)
    tape.observer = observer
    let logits = network(tape.input(inputs))
    let loss = logits.crossEntropy(targets)
    var right = 0
    let classes = logits.shape[1]
    for (n, label) in targets.labels.enumerated() {
      let row = logits.value.data + n * classes
      if !(0..<classes).contains(where: { row[$0] > row[label] }) { right += 1 }
    }
    tape.backward(from: loss)
    return (withExtendedLifetime(loss) { loss.value.data[0] }, right)
  }

  /// The same for plain labels and inputs in an array; `shape` is `[C, H, W]`.
  public func step(
    inputs: [Float], shape: Shape, labels: [Int], seed: UInt64
  ) throws(TrainError) -> (loss: Float, right: Int) {
    guard labels.allSatisfy({ $0 >= 0 && $0 < network.classes }) else {
      throw .data("A label is outside the network's classes.")
    }
    return step(
      inputs: Tensor(inputs, shape: Shape([labels.count] + shape.dimensions)),
      targets: Targets(labels, classes: network.classes), seed: seed)
  }

  /// Times `count` steps on real faces, for planning; the network is not to be used afterwards.
  public func trialSteps(
    _ count: Int, on set: FaceSet, preprocessing recipe: Preprocessing, faces: Extent, classes: Int,
    clock: () -> Double
  ) -> [Double] {
    let sampler = BatchSampler(
      set, faces: faces, recipe: recipe, augmentation: settings.augmentation, seed: 0)
    let chosen = Array(0..<min(settings.batch, set.count))
    let targets = Targets(
      chosen.map { set.labels[$0] }, classes: classes, crops: settings.augmentation.crops.count)
    beginAverage(steps: count)
    return (1...max(count, 1)).map { i in
      let started = clock()
      let inputs = sampler.inputs(chosen, epoch: i, pool: pool, workers: workers)
      _ = step(inputs: inputs, targets: targets, seed: UInt64(i))
      optimiser.step(learningRate: 1e-6)
      average?.update(step: i)
      return clock() - started
    }
  }

  // MARK: - Checkpoints

  /// Where the run stands, with every tensor that a model file of the same moment does not hold.
  public func snapshot() -> TrainingState {
    var copy = state
    copy.optimiserSteps = optimiser.steps
    copy.schedule = schedule.memory
    if average != nil {
      copy.tensors += network.parameters.map { ("live/\($0.name)", $0.value.values) }
    }
    copy.tensors += optimiser.state.map { ($0.name, $0.tensor.values) }
    return copy
  }

  /// Puts network, optimiser, schedule and average where `saved` stands.
  private func restore(_ saved: TrainingState, _ model: Model, steps: Int) throws(TrainError) {
    try model.load(into: network)
    if saved.finalFrom != nil { schedule = try Self.schedule(settings, isFinal: true) }
    // The average begins as the model's weights are; then the weights in training replace those in the network.
    beginAverage(steps: steps)
    let named = Dictionary(
      saved.tensors.map { ($0.name, $0.values) }, uniquingKeysWith: { first, _ in first })
    var places = optimiser.state
    if average != nil { places += network.parameters.map { ("live/\($0.name)", $0.value) } }
    for (name, tensor) in places {
      guard let values = named[name], values.count == tensor.count else {
        throw .checkpoint("The training state has no tensor \(name) that fits this run.")
      }
      values.withUnsafeBufferPointer { buffer in
        if let base = buffer.baseAddress { tensor.data.update(from: base, count: tensor.count) }
      }
    }
    optimiser.resume(after: saved.optimiserSteps)
    schedule.memory = saved.schedule
    state = saved
    state.tensors = []
  }
}
