import FermFormat
import FermRuntime

/// The batches of one epoch: whose faces, how they are varied and mixed, and what they are to be taken for.
struct EpochBatches {
  private let set: FaceSet
  private let classes: Int
  private let settings: TrainingSettings
  private let teacher: Teacher?
  private let plan: ShardPlan
  private let epoch: Int
  private let mixes: Bool
  private let crops: Int
  private let weights: [Float]?
  private let sampler: BatchSampler
  private let order: [[Int]]

  /// Prepares an epoch of shuffled faces.
  ///
  /// - Parameters:
  ///   - faces: the size of the faces in `set`.
  ///   - isCalm: whether nothing is blanked.
  ///   - mixes: whether faces may be mixed.
  init(
    _ set: FaceSet, faces: Extent, recipe: Preprocessing, classes: Int, settings: TrainingSettings,
    teacher: Teacher?, plan: ShardPlan, epoch: Int, isCalm: Bool, mixes: Bool
  ) {
    self.set = set
    self.classes = classes
    self.settings = settings
    self.teacher = teacher
    self.plan = plan
    self.epoch = epoch
    self.mixes = mixes && settings.mixup.probability > 0
    let augmentation = isCalm ? settings.augmentation.withoutErasing : settings.augmentation
    crops = augmentation.crops.count
    weights = settings.balancesClasses ? set.balancedWeights(classes: classes) : nil
    sampler = BatchSampler(
      set, faces: faces, recipe: recipe, augmentation: augmentation, seed: settings.seed)
    order = BatchSampler.order(
      count: set.count, batch: settings.batch, epoch: epoch, seed: settings.seed)
  }

  /// Steps of the epoch.
  var count: Int { order.count }

  /// Faces in a batch.
  func faces(_ step: Int) -> Int { order[step].count }

  /// What fixes the dropout of a step.
  func seed(_ step: Int) -> UInt64 {
    RandomNumbers.mix(settings.seed &+ UInt64(epoch * count + step))
  }

  /// Draws a batch: the inputs of this process's faces, and the targets of all.
  func batch(_ step: Int, pool: BufferPool, workers: Workers) -> (inputs: Tensor, targets: Targets) {
    let chosen = order[step]
    let own = plan.ownFaces(in: chosen.count)
    var drawn = Array(own)
    var random = RandomNumbers(seed: settings.seed, 0x6D69_7875, UInt64(epoch), UInt64(step))
    var share: Float?
    if mixes, Double(random.uniform()) < settings.mixup.probability {
      share = Targets.share(alpha: settings.mixup.alpha, &random)
      // Each face is mixed with its opposite: with those beside, the faces are a smaller batch of opposites.
      drawn = Set(drawn + drawn.map { chosen.count - 1 - $0 }).sorted()
    }
    var inputs = sampler.inputs(drawn.map { chosen[$0] }, epoch: epoch, pool: pool, workers: workers)
    if let share { Targets.mix(inputs, faces: drawn.count, crops: crops, share: share) }
    if drawn.count > own.count {
      let first = drawn.firstIndex(of: own.lowerBound) ?? 0
      inputs = inputs.copy(of: (first * crops)..<((first + own.count) * crops), pool: pool)
    }
    let targets = Targets(
      set.labels(of: chosen, epoch: epoch, seed: settings.seed, votes: settings.votes), classes: classes,
      smoothing: settings.smoothing, weights: weights, crops: crops, teacher: teacher?.opinion(of: chosen),
      mix: share, lessons: chosen.map { set.lessons[$0] }, votes: settings.votes)
    return (inputs, targets)
  }
}
