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
  private let blends: Bool
  private let isFinal: Bool
  private let recipe: Preprocessing
  private let crops: Int
  private let weights: [Float]?
  private let sampler: BatchSampler
  private let order: [[Int]]

  /// Prepares an epoch of shuffled faces.
  ///
  /// - Parameters:
  ///   - faces: the size of the faces in `set`.
  ///   - isCalm: whether nothing is blanked.
  ///   - blends: whether faces may be blended with others.
  ///   - isFinal: whether it is one of the final stage.
  init(
    _ set: FaceSet, faces: Extent, recipe: Preprocessing, classes: Int, settings: TrainingSettings,
    teacher: Teacher?, plan: ShardPlan, epoch: Int, isCalm: Bool, blends: Bool, isFinal: Bool = false
  ) {
    self.set = set
    self.classes = classes
    self.settings = settings
    self.teacher = teacher
    self.plan = plan
    self.epoch = epoch
    self.blends = blends && settings.blends
    self.isFinal = isFinal
    self.recipe = recipe
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

  /// What fixes the dropout of a step.
  func seed(_ step: Int) -> UInt64 {
    RandomNumbers.mix(settings.seed &+ UInt64(epoch * count + step))
  }

  /// Draws a batch.
  ///
  /// - Parameter answers: the network's own, which correct the labels.
  /// - Throws: `model` where a teacher has no finite logits.
  func batch(
    _ step: Int, answers: TemporalEnsemble?, pool: BufferPool, workers: Workers
  ) throws(TrainError) -> Batch {
    let chosen = order[step]
    let own = plan.ownFaces(in: chosen.count)
    var drawn = Array(own)
    var random = RandomNumbers(seed: settings.seed, 0x6D69_7875, UInt64(epoch), UInt64(step))
    let blend = blends ? FaceBlend(settings, crop: recipe.cropped, &random) : nil
    if blend != nil {
      // With their opposites beside them, this process's faces are a smaller batch of opposites.
      drawn = Set(drawn + drawn.map { chosen.count - 1 - $0 }).sorted()
    }
    var inputs = sampler.inputs(drawn.map { chosen[$0] }, epoch: epoch, pool: pool, workers: workers)
    blend?.apply(to: inputs, faces: drawn.count, crops: crops)
    if drawn.count > own.count {
      let first = drawn.firstIndex(of: own.lowerBound) ?? 0
      inputs = inputs.copy(of: (first * crops)..<((first + own.count) * crops), pool: pool)
    }
    let taught = try teacher?.opinion(
      of: chosen, inputs, as: recipe, from: own.lowerBound * crops, of: chosen.count * crops)
    let targets = Targets(
      set.labels(of: chosen, epoch: epoch, seed: settings.seed, votes: settings.votes), classes: classes,
      smoothing: settings.smoothing, weights: weights, crops: crops,
      opinions: [taught, answers?.opinion(of: chosen, progress: progress(step))].compactMap { $0 },
      mix: blend?.share, lessons: chosen.map { set.lessons[$0] }, votes: settings.votes)
    return Batch(inputs: inputs, targets: targets, faces: chosen, isBlended: blend != nil)
  }

  /// The share of the run that is done before a step; all of it in a final stage.
  func progress(_ step: Int) -> Double {
    isFinal ? 1 : (Double(epoch) + Double(step) / Double(count)) / Double(max(settings.epochs, 1))
  }
}

/// The faces of a step.
struct Batch {
  /// Those of this process, as the network gets them.
  let inputs: Tensor
  /// What the network should say to all of them.
  let targets: Targets
  /// Their places in the set.
  let faces: [Int]
  /// Whether they were blended with each other.
  let isBlended: Bool
}
