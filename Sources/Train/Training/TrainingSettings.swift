public import FermFormat
public import FermRuntime

/// The settings of a run; together with the data they fix every bit of its result.
public struct TrainingSettings: Sendable {
  /// Passes over the training faces, without the final stage.
  public var epochs = 80
  /// Faces in a step.
  public var batch = 64
  /// The optimiser's name.
  public var optimiser = "nesterov"
  /// The optimiser's settings.
  public var optimising = OptimiserSettings(weightDecay: 1e-3, decaysAll: false)
  /// The schedule's name.
  public var schedule = "cosine"
  /// The schedule's settings.
  public var scheduling = ScheduleSettings(peak: 0.05)
  /// Epochs in which the learning rate rises before the schedule begins.
  public var warmup = 2.0
  /// The largest norm of all gradients together; 0 is without limit.
  public var clip = 0.0
  /// The share of every label that is spread over all classes.
  public var smoothing: Float = 0.1
  /// How often a batch is mixed, and the alpha of Beta(alpha, alpha); 0 is never.
  public var mixup = (probability: 0.0, alpha: 0.2)
  /// The decay of the exponential average of the weights; 0 is without.
  public var average = 0.999
  /// Whether rare classes count more.
  public var balancesClasses = false
  /// How faces are varied.
  public var augmentation = Augmentation.standard
  /// At the end of the run, epochs without mixup and blank rectangles.
  public var calmEpochs = 8
  /// The sizes of the crops over the run, in pixels, with the share of the run at which each ends; empty: the
  /// network's own size throughout.
  public var sizes: [(side: Int, until: Double)] = []
  /// Ends the run when so many epochs have brought nothing better; 0 is never.
  public var earlyStop = 0
  /// The stage after the run, from its best weights.
  public var final = FinalStage()
  /// The views of each validation face.
  public var views = TestTimeAugmentation.none
  /// Fixes initial weights, order, views, mixing and dropout.
  public var seed: UInt64 = 0

  /// A few epochs from the best weights at a low rate.
  public struct FinalStage: Sendable {
    /// 0 is without a final stage.
    public var epochs = 0
    /// The largest learning rate.
    public var learningRate = 1e-4
    /// The schedule's name.
    public var schedule = "cosine"
    /// Whether the validation faces train too; their accuracy then says nothing any more.
    public var takesValidation = false
  }

  /// The settings of the default preset.
  public init() {}

  /// What the reference does (arXiv 2105.03588): ten crops a face, plateau, then a final stage at a low rate.
  public static let reference: TrainingSettings = {
    var s = TrainingSettings()
    s.epochs = 300
    s.optimising = OptimiserSettings(weightDecay: 1e-4, decaysAll: true)
    s.schedule = "plateau"
    s.scheduling.peak = 0.01
    s.warmup = 0
    s.smoothing = 0
    s.average = 0
    s.augmentation = .reference
    s.calmEpochs = 0
    s.final.epochs = 50
    s.views = .ten
    return s
  }()

  /// Epochs of the run and its final stage together.
  public var allEpochs: Int { epochs + final.epochs }

  /// What preprocessing the network is trained for in an epoch: its own, or that of a smaller size.
  public func preprocessing(epoch: Int, of own: Preprocessing) -> Preprocessing {
    guard let side = side(epoch: epoch), side != own.cropped.height else { return own }
    var recipe = own
    let canvas = Double(side) * Double(own.resized.height) / Double(own.cropped.height)
    recipe.cropped = Extent(side)
    recipe.resized = Extent(max(side, Int(canvas.rounded())))
    return recipe
  }

  /// The side of the crops in an epoch; nil is the network's own.
  func side(epoch: Int) -> Int? {
    let progress = Double(epoch) / Double(max(epochs, 1))
    return (sizes.first { progress < $0.until - 1e-9 } ?? sizes.last)?.side
  }

  /// How many epochs at the end of the run go without mixup and blank rectangles, where there are such things.
  public var calmAtEnd: Int {
    let varies = mixup.probability > 0 || augmentation.erasing.probability > 0
    return varies ? min(calmEpochs, epochs / 4) : 0
  }

  /// Whether an epoch goes without mixup and blank rectangles.
  func isCalm(epoch: Int) -> Bool { epoch >= epochs - calmAtEnd }

  /// Every setting as a provenance entry; what decides about a resume, too.
  public var described: [(key: String, value: Provenance.Value)] {
    func real(_ value: Float) -> Provenance.Value { .real(Double("\(value)") ?? Double(value)) }
    var list: [(key: String, value: Provenance.Value)] = [
      ("train.epochs", .integer(Int64(epochs))), ("train.batch", .integer(Int64(batch))),
      ("train.optimizer", .string(optimiser)), ("train.learning_rate", .real(scheduling.peak)),
      ("train.weight_decay", real(optimising.weightDecay)),
      ("train.weight_decay_on", .string(optimising.decaysAll ? "all" : "weights")),
      ("train.momentum", real(optimising.momentum)), ("train.schedule", .string(schedule)),
      ("train.schedule.minimum", .real(scheduling.minimum)),
      ("train.schedule.period", .real(scheduling.period)),
      ("train.schedule.patience", .integer(Int64(scheduling.patience))), ("train.warmup", .real(warmup)),
      ("train.clip", .real(clip)), ("train.label_smoothing", real(smoothing)),
      ("train.mixup", .string("\(mixup.probability):\(mixup.alpha)")), ("train.ema", .real(average)),
      ("train.class_weights", .string(balancesClasses ? "balanced" : "none")),
      ("train.augmentation", .string(augmentation.described)),
      ("train.calm_epochs", .integer(Int64(calmEpochs))), ("train.early_stop", .integer(Int64(earlyStop))),
      ("train.seed", .integer(Int64(bitPattern: seed))),
      ("validation.crops", .string(views.name)),
    ]
    if let factor = scheduling.factor { list.append(("train.schedule.factor", .real(factor))) }
    if !sizes.isEmpty {
      list.append(
        ("train.sizes", .string(sizes.map { "\($0.side)@\($0.until)" }.joined(separator: ","))))
    }
    if final.epochs > 0 {
      list += [
        ("train.final.epochs", .integer(Int64(final.epochs))),
        ("train.final.learning_rate", .real(final.learningRate)),
        ("train.final.schedule", .string(final.schedule)),
        ("train.final.on", .string(final.takesValidation ? "training and validation" : "training")),
      ]
    }
    return list
  }
}
