public import FermFormat
public import FermRuntime

/// Trains a network, one step after the other.
///
/// The owner validates, stores and reports through ``TrainingOwner``; this class holds the order of things.
///
/// ```swift
/// func train(_ faces: FaceSet, validation: FaceSet, owner: some TrainingOwner) throws -> Model {
///   let recipe = Preprocessing.greyFaces((resized: 48, cropped: 44))
///   let trainer = try Trainer(SmallVGG(classes: 7, width: 1, seed: 1), workers: try Workers())
///   _ = try trainer.run(
///     on: faces, validation: validation, preprocessing: recipe, classes: 7, owner: owner)
///   return try trainer.model(
///     name: "faces", preprocessing: recipe, labels: LabelSet(names: FaceData.fer2013))
/// }
/// ```
public final class Trainer {
  let network: any Network
  let settings: TrainingSettings
  let workers: Workers
  let pool = BufferPool()
  let teacher: Teacher?
  let group: any ProcessGroup
  /// How batches are cut, and the shards of this process.
  public let plan: ShardPlan
  private let rule: any UpdateRule
  private let makeStep: () -> TrainingStep
  /// One step of the running stage.
  private(set) var step: TrainingStep
  var schedule: any Schedule
  /// What the network has said of the training faces, where that corrects their labels.
  var answers: TemporalEnsemble?
  /// The largest learning rate so far.
  var largestRate = 0.0
  /// The learning rate of the last step.
  public internal(set) var learningRate = 0.0
  /// Where the run stands, without its tensors; ``snapshot()`` adds those.
  public internal(set) var state = TrainingState()

  /// Prepares a run; what is not given is as in `fer-train`'s default preset.
  ///
  /// - Throws: `setting` for instructions that are not there, be it for the engine or for the precision, and for shards that
  ///   the group cannot share.
  /// - Parameters:
  ///   - optimiser: the formula by which gradients change the weights.
  ///   - schedule: the learning rate over the run, without the final stage.
  ///   - method: how a step comes by its gradients.
  ///   - group: the processes that train the network together.
  ///   - frozen: parameters that stay as they are (``Parameter/isFrozen``), running statistics among them.
  ///   - teacher: says what faces show; one that looks at faces must know those of validation, after the others, if a final stage
  ///     takes them.
  ///   - description: settings and data as texts; a checkpoint keeps them, and a resume compares them.
  public init(
    _ network: any Network, optimiser: any UpdateRule = SGD(),
    schedule: any Schedule = Warmup(after: Cosine(peak: 0.05), epochs: 2),
    settings: TrainingSettings = TrainingSettings(), workers: Workers, engine: Engine = .fast,
    method: any GradientMethod = PlainGradients(), group: any ProcessGroup = SingleProcess(),
    frozen: [Parameter] = [], teacher: Teacher? = nil, description: [(key: String, value: String)] = []
  ) throws(TrainError) {
    guard engine == .plain || KernelTable.chosen != nil else {
      throw .setting(
        "FERM_INSTRUCTIONS must be \(InstructionSet.words), and this processor must have the instructions.")
    }
    guard settings.precision.isAvailable else {
      throw .setting(
        "This processor lacks the instructions that \(settings.precision.rawValue) takes (AVX512_BF16); train in fp32."
      )
    }
    self.network = network
    self.settings = settings
    self.workers = workers
    self.teacher = teacher
    self.group = group
    let plan = try ShardPlan(settings.shards, in: group)
    self.plan = plan
    self.schedule = schedule
    rule = optimiser
    for parameter in frozen { parameter.isFrozen = true }
    let trained = network.parameters.filter { !$0.isFrozen }
    makeStep = { [pool] in
      TrainingStep(
        network,
        optimiser: Optimiser(trained, rule: optimiser, decay: settings.decay, sharer: Sharer(workers)),
        method: method, group: group, plan: plan, wire: settings.wire,
        sharesLogits: settings.correction != nil,
        transforms: settings.clip > 0 ? [NormClip(to: settings.clip)] : [], workers: workers, engine: engine,
        precision: settings.precision, pool: pool)
    }
    step = makeStep()
    state.settings = description
  }

  /// What is to be deployed of a parameter: its average where one is kept, else the parameter as it is.
  private var averages: [ObjectIdentifier: Tensor] {
    guard let average = step.average else { return [:] }
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
  /// - Throws: `data` without faces, `setting` with batches too small for the shards, `diverged` when the loss or a weight is no
  ///   longer a number, `checkpoint` when `saved` does not fit, `processLost` at the last whole step, and what the owner throws.
  public func run(
    on train: FaceSet, validation: FaceSet, preprocessing: Preprocessing, classes: Int,
    from saved: (state: TrainingState, model: Model)? = nil, owner: some TrainingOwner
  ) throws(TrainError) -> Bool {
    guard train.count > 0 else { throw .data("There are no faces to train on.") }
    try plan.check(batch: min(settings.batch, train.count))
    var all = train
    if settings.final.takesValidation { all.append(validation) }
    guard teacher?.knows(all.count) ?? true else {
      throw .data("The teacher has not seen all of the training faces.")
    }
    func steps(_ faces: Int) -> Int { faces / max(1, min(settings.batch, faces)) }
    let (mainSteps, finalSteps) = (
      settings.epochs * steps(train.count), settings.final.epochs * steps(all.count)
    )
    answers = settings.correction.map { TemporalEnsemble($0, faces: all.count, classes: classes) }
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

  /// Begins the average with the weights as they are, for a stage of so many steps.
  func beginAverage(steps: Int) {
    let sharer = Sharer(workers)
    step.average =
      rule.averages
      ? WeightAverage(network.parameters, .mean(after: steps / 2), sharer: sharer)
      : settings.average > 0
        ? WeightAverage(network.parameters, .exponential(settings.average), sharer: sharer) : nil
  }

  private func beginFinalStage(steps: Int, _ owner: some TrainingOwner) throws(TrainError) {
    try owner.bestModel().load(into: network)
    step = makeStep()
    schedule = settings.final.schedule
    beginAverage(steps: steps)
    state.finalFrom = state.epoch
  }
}
