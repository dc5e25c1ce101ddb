import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// Turns `--max-hours` into a whole number of epochs: once, by timing a few steps of a network that is then thrown away.
struct TimeBudget {
  private let options: FitOptions
  private let faces: TrainingFaces
  private let preprocessing: Preprocessing
  private let workers: Workers
  private let group: any ProcessGroup

  init(
    _ options: FitOptions, _ faces: TrainingFaces, _ preprocessing: Preprocessing, _ workers: Workers,
    _ group: any ProcessGroup
  ) {
    self.options = options
    self.faces = faces
    self.preprocessing = preprocessing
    self.workers = workers
    self.group = group
  }

  /// The most epochs that fit, the final stage included.
  ///
  /// - Throws: `setting` when not even one does.
  func epochs(hours: Double) throws -> Int {
    let settings = options.settings
    var seconds: [Int: Double] = [:]
    let sides = Set(settings.sizes.map { $0.side } + [preprocessing.cropped.height])
    for side in sides.sorted() { seconds[side] = try epochSeconds(side) }
    let own = seconds[preprocessing.cropped.height] ?? 0
    let final = Double(settings.final.epochs) * own
    func total(_ epochs: Int) -> Double {
      var trial = settings
      trial.epochs = epochs
      return (0..<epochs).reduce(final) {
        $0 + (seconds[trial.preprocessing(epoch: $1, of: preprocessing).cropped.height] ?? own)
      }
    }
    var epochs = 0
    while epochs < 100_000, total(epochs + 1) <= 3600 * hours { epochs += 1 }
    guard epochs > 0 else {
      throw TrainError.setting(
        "--max-hours \(hours) is too short: one epoch takes \(Int(own.rounded(.up))) s here\(settings.final.epochs > 0 ? ", and the final stage \(Int(final.rounded(.up))) s" : "")."
      )
    }
    return epochs
  }

  /// Steps and validation of one epoch at a size, from the median of three steps.
  private func epochSeconds(_ side: Int) throws -> Double {
    var settings = options.settings
    settings.sizes = side == preprocessing.cropped.height ? [] : [(side, 1)]
    let recipe = settings.preprocessing(epoch: 0, of: preprocessing)
    let trainer = try options.trainer(
      try options.network(classes: faces.classes.count, seed: 0), settings: settings, workers: workers,
      group: group)
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
    return step * Double(faces.train.count / max(batch, 1)) + validation
  }
}
