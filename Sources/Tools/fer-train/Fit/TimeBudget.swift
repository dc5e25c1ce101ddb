import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// Turns `--max-hours` into a whole number of epochs: once, by timing a few steps of a network that is then thrown away.
struct TimeBudget {
  private let options: FitOptions
  private let faces: TrainingFaces
  private let teacher: Teacher?
  private let workers: Workers
  private let group: any ProcessGroup

  init(
    _ options: FitOptions, _ faces: TrainingFaces, _ teacher: Teacher?, _ workers: Workers,
    _ group: any ProcessGroup
  ) {
    self.options = options
    self.faces = faces
    self.teacher = teacher
    self.workers = workers
    self.group = group
  }

  private var preprocessing: Preprocessing { options.preprocessing }

  /// The most epochs that fit, the final stage included.
  ///
  /// - Throws: `setting` when not even one does.
  func epochs(hours: Double) throws -> Int {
    let settings = options.settings
    var seconds: [Int: (pass: Double, validation: Double)] = [:]
    let sides = Set(settings.sizes.map { $0.side } + [preprocessing.cropped.height])
    for side in sides.sorted() { seconds[side] = try epochSeconds(side) }
    /// Those of an epoch at a side of the crops, at a share of the run.
    func epoch(_ side: Int, progress: Double) -> Double {
      let known = seconds[side] ?? (0, 0)
      return known.pass * Double(options.method.passes(progress: progress)) + known.validation
    }
    let side = preprocessing.cropped.height
    let final = Double(settings.final.epochs) * epoch(side, progress: 1)
    func total(_ epochs: Int) -> Double {
      var trial = settings
      trial.epochs = epochs
      return (0..<epochs).reduce(final) {
        $0
          + epoch(
            trial.preprocessing(epoch: $1, of: preprocessing).cropped.height,
            progress: Double($1) / Double(epochs))
      }
    }
    var epochs = 0
    while epochs < 100_000, total(epochs + 1) <= 3600 * hours { epochs += 1 }
    guard epochs > 0 else {
      throw TrainError.setting(
        "--max-hours \(hours) is too short: one epoch takes \(Int(epoch(side, progress: 0).rounded(.up))) s here\(settings.final.epochs > 0 ? ", and the final stage \(Int(final.rounded(.up))) s" : "")."
      )
    }
    return epochs
  }

  /// One pass over all batches, and the validation after it, at a size, from the median of three steps.
  private func epochSeconds(_ side: Int) throws -> (pass: Double, validation: Double) {
    var settings = options.settings
    settings.sizes = side == preprocessing.cropped.height ? [] : [(side, 1)]
    let recipe = settings.preprocessing(epoch: 0, of: preprocessing)
    let trainer = try options.trainer(
      try options.network(classes: faces.classes.count, seed: 0), settings: settings, workers: workers,
      group: group, teacher: teacher)
    let batch = min(settings.batch, faces.train.count)
    let steps = try trainer.trialSteps(
      5, on: faces.train, preprocessing: recipe, faces: preprocessing.resized,
      classes: faces.classes.count, clock: { ProgressLine.now })
    let step = steps.dropFirst(2).sorted()[1]
    var validation = 0.0
    if faces.validation.count > 0 {
      let part = faces.validation.keeping(Array(0..<min(256, faces.validation.count)))
      let model = try trainer.model(
        name: options.kind.name, preprocessing: preprocessing, labels: LabelSet(names: faces.classes))
      let started = ProgressLine.now
      _ = try Evaluation(
        try Plan(model), on: part, views: settings.views, threads: workers.count)
      validation =
        (ProgressLine.now - started) * Double(faces.validation.count)
        / Double(part.count * group.count)
    }
    let pass = step / Double(options.method.passes(progress: 0))
    return (pass * Double(faces.train.count / max(batch, 1)), validation)
  }
}
