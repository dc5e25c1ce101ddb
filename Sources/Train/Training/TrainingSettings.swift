public import FermFormat
public import FermRuntime

/// The settings of a run; together with optimiser, schedule and data they fix every bit of its result.
public struct TrainingSettings: Sendable {
  /// Passes over the training faces, without the final stage.
  public var epochs = 80
  /// Faces in a step.
  public var batch = 64
  /// The shards of a batch (``ShardPlan``): a power of two.
  public var shards = 1
  /// What gradients are while shards are added.
  public var wire = WireFormat.fp32
  /// The pull of the weights towards zero.
  public var decay = WeightDecay(1e-3, onAll: false)
  /// The largest norm of all gradients together; 0 is without limit.
  public var clip = 0.0
  /// What the steps multiply.
  public var precision = TrainingPrecision.fp32
  /// The share of every label that is spread over all classes.
  public var smoothing: Float = 0.1
  /// How often a batch is mixed, and the alpha of Beta(alpha, alpha); 0 is never.
  public var mixup = (probability: 0.0, alpha: 0.2)
  /// How often faces of a batch get rectangles of others, and the alpha of Beta(alpha, alpha); 0 is never.
  public var cutmix = (probability: 0.0, alpha: 1.0)
  /// How the network's own answers correct the labels; nil is not at all.
  public var correction: LabelCorrection?
  /// The decay of the exponential average of the weights; 0 is without.
  public var average = 0.999
  /// Whether rare classes count more.
  public var balancesClasses = false
  /// How people's votes on training faces teach, where faces have some.
  public var votes = VoteUse.majority
  /// How faces are varied.
  public var augmentation = Augmentation.standard
  /// At the end of the run, epochs without mixup, CutMix and blank rectangles.
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
    /// The learning rate over the stage.
    public var schedule: any Schedule = Cosine(peak: 1e-4)
    /// Whether the validation faces train too; their accuracy then says nothing any more.
    public var takesValidation = false
  }

  /// The settings of `fer-train`'s default preset.
  public init() {}

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
  public func side(epoch: Int) -> Int? {
    let progress = Double(epoch) / Double(max(epochs, 1))
    return (sizes.first { progress < $0.until - 1e-9 } ?? sizes.last)?.side
  }

  /// How many epochs at the end of the run go without mixup, CutMix and blank rectangles, where there are such things.
  public var calmAtEnd: Int {
    let varies = blends || augmentation.erasing.probability > 0
    return varies ? min(calmEpochs, epochs / 4) : 0
  }

  /// Whether faces are blended with others.
  public var blends: Bool { mixup.probability > 0 || cutmix.probability > 0 }

  /// Whether an epoch goes without mixup, CutMix and blank rectangles.
  public func isCalm(epoch: Int) -> Bool { epoch >= epochs - calmAtEnd }
}
