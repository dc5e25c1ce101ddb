import FermRuntime
import FermToolSupport
import FermTrain

/// What a training run was asked for: a preset, and every option that differs from it.
struct FitOptions {
  static let valued = [
    "--data", "--out", "--val", "--network", "--width", "--dropout", "--preset", "--epochs", "--max-hours",
    "--batch", "--lr", "--optimizer", "--momentum", "--weight-decay", "--decay-on", "--schedule", "--warmup",
    "--min-lr", "--period", "--factor", "--patience", "--clip", "--label-smoothing", "--mixup", "--ema",
    "--class-weights", "--early-stop", "--calm-epochs", "--sizes", "--crops", "--scale", "--ratio", "--shift",
    "--flip", "--rotate", "--light", "--erase", "--erase-ratio", "--blank", "--surroundings", "--tta",
    "--final-epochs", "--final-lr", "--final-schedule", "--final-on", "--init", "--freeze", "--seed",
    "--teacher", "--teacher-share", "--threads", "--limit", "--save-every", "--from-epoch",
  ]
  static let flags = ["--overwrite", "--resume", "--quiet", "--skip-bad", "--drop-duplicates"]
  /// What a resumed run may be given anew.
  static let free = ["--out", "--threads", "--resume", "--quiet", "--from-epoch"]

  /// The words of a command line without these options.
  static func without(_ names: Set<String>, _ words: [String]) -> [String] {
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let takesNext = valued.contains(word)
      let isKept = !names.contains(String(word.prefix { $0 != "=" }))
      if isKept { kept.append(word) }
      guard takesNext, let value = rest.popFirst() else { continue }
      if isKept { kept.append(value) }
    }
    return kept
  }

  let kind: NetworkKind
  let width: Double
  let dropout: Float?
  private(set) var settings: TrainingSettings
  let data: String
  private(set) var validation: ValidationChoice
  let limit: Int
  let maxHours: Double?
  let saveEvery: Int
  let initial: String?
  let freeze: [String]
  /// A model whose view of each face takes the place of a share of its label.
  let teacher: (path: String, share: Float)?
  let skipsBad: Bool
  let dropsDuplicates: Bool

  /// Reads a command line.
  ///
  /// - Parameter model: the network and width of the model that `--init` names, if that says so.
  init(
    _ arguments: Arguments, like model: (network: String, width: Double)?
  ) throws {
    let preset = try arguments.choice("--preset", of: ["default", "reference"]) ?? "default"
    let network = try arguments.choice("--network", of: NetworkKind.all.map { $0.name }) ?? model?.network
    kind = try NetworkKind.named(network ?? (preset == "reference" ? "vgg" : "vgg-s"))
    width = try arguments.number("--width", in: 0.0625...4) ?? model?.width ?? 1
    dropout = try arguments.number("--dropout", in: 0...0.95).map { Float($0) }
    limit = try arguments.integer("--limit", in: 1...Int.max) ?? 0
    maxHours = try arguments.number("--max-hours", in: 1e-3...10_000)
    saveEvery = try arguments.integer("--save-every", in: 1...100_000) ?? 0
    initial = arguments.string("--init")
    freeze = (arguments.string("--freeze") ?? "").split(separator: ",").map(String.init)
    teacher = try Self.teacher(arguments)
    validation = try ValidationChoice(arguments.string("--val"))
    skipsBad = arguments.has("--skip-bad")
    dropsDuplicates = arguments.has("--drop-duplicates")
    data = try arguments.string("--data") ?? Self.usualData()

    var settings = preset == "reference" ? TrainingSettings.reference : TrainingSettings()
    try Self.readOptimising(arguments, &settings)
    try Self.readRegularisation(arguments, &settings)
    settings.augmentation = try AugmentationOptions.read(arguments, settings.augmentation)
    try Self.readRun(arguments, &settings)
    if let text = arguments.string("--sizes") { settings.sizes = try Self.sizes(text, of: kind) }
    if preset == "default", arguments.string("--sizes") == nil {
      let own = kind.side.cropped
      settings.sizes = [(32, 0.35), (40, 0.75), (own, 1)].filter { $0.0 < own || $0.1 == 1 }
    }
    self.settings = settings
  }

  /// Where people have FER2013 when they do not say.
  private static func usualData() throws -> String {
    for path in ["datasets/fer2013/fer2013.csv", "datasets/fer2013"] where exists(path) { return path }
    throw UsageError(
      "--data names the faces, and it is missing; nor are there datasets/fer2013/fer2013.csv or datasets/fer2013/train. FER2013 is at kaggle.com/datasets/msambare/fer2013 (folders) and kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge (CSV)."
    )
  }

  private static func exists(_ path: String) -> Bool {
    FileSystem.isFolder("\(path)/train") || FileSystem.isFile(path)
  }

  private static func readOptimising(_ arguments: Arguments, _ s: inout TrainingSettings) throws {
    let name = try arguments.choice("--optimizer", of: OptimiserKind.all.map { $0.name })
    let optimiser = try OptimiserKind.named(name ?? s.optimiser)
    if optimiser.name != s.optimiser { s.scheduling.peak = optimiser.learningRate }
    s.optimiser = optimiser.name
    s.scheduling.peak = try arguments.number("--lr", in: 1e-9...1000) ?? s.scheduling.peak
    if let momentum = try arguments.number("--momentum", in: 0...0.9999) {
      s.optimising.momentum = Float(momentum)
    }
    if let decay = try arguments.number("--weight-decay", in: 0...1) {
      s.optimising.weightDecay = Float(decay)
    }
    if let on = try arguments.choice("--decay-on", of: ["all", "weights"]) {
      s.optimising.decaysAll = on == "all"
    }
    let schedules = ScheduleKind.all.map { $0.name }
    s.schedule = try arguments.choice("--schedule", of: schedules) ?? s.schedule
    s.warmup = try arguments.number("--warmup", in: 0...10_000) ?? s.warmup
    s.scheduling.minimum = try arguments.number("--min-lr", in: 0...1000) ?? s.scheduling.minimum
    s.scheduling.period = try arguments.number("--period", in: 1...100_000) ?? s.scheduling.period
    s.scheduling.factor = try arguments.number("--factor", in: 0.001...0.999) ?? s.scheduling.factor
    s.scheduling.patience = try arguments.integer("--patience", in: 0...100_000) ?? s.scheduling.patience
    s.clip = try arguments.number("--clip", in: 0...1e9) ?? s.clip
  }

  private static func readRegularisation(_ arguments: Arguments, _ s: inout TrainingSettings) throws {
    if let smoothing = try arguments.number("--label-smoothing", in: 0...0.9) {
      s.smoothing = Float(smoothing)
    }
    if let mixup = try arguments.numbers("--mixup", names: ["PROBABILITY", "ALPHA"], in: 0...10) {
      guard mixup[0] <= 1, mixup[1] >= 0.05 else {
        throw UsageError(
          "--mixup wants a probability up to 1 and an alpha of at least 0.05, such as 0.5:0.2.")
      }
      s.mixup = (mixup[0], mixup[1])
    }
    s.average = try arguments.number("--ema", in: 0...0.999999) ?? s.average
    if let weights = try arguments.choice("--class-weights", of: ["none", "balanced"]) {
      s.balancesClasses = weights == "balanced"
    }
  }

  private static func teacher(_ arguments: Arguments) throws(UsageError) -> (path: String, share: Float)? {
    let share = try arguments.number("--teacher-share", in: 0.01...1)
    guard let path = arguments.string("--teacher") else {
      guard share == nil else { throw UsageError("--teacher-share needs --teacher MODEL.") }
      return nil
    }
    return (path, Float(share ?? 0.6))
  }

  private static func readRun(_ arguments: Arguments, _ s: inout TrainingSettings) throws {
    s.epochs = try arguments.integer("--epochs", in: 1...100_000) ?? s.epochs
    s.batch = try arguments.integer("--batch", in: 1...4096) ?? s.batch
    s.seed = UInt64(try arguments.integer("--seed", in: 0...Int.max) ?? 0)
    s.earlyStop = try arguments.integer("--early-stop", in: 0...100_000) ?? s.earlyStop
    s.calmEpochs = try arguments.integer("--calm-epochs", in: 0...100_000) ?? s.calmEpochs
    if let name = try arguments.choice("--tta", of: TestTimeAugmentation.allCases.map { $0.name }) {
      s.views = TestTimeAugmentation.allCases.first { $0.name == name } ?? s.views
    }
    s.final.epochs = try arguments.integer("--final-epochs", in: 0...100_000) ?? s.final.epochs
    s.final.learningRate = try arguments.number("--final-lr", in: 1e-9...1000) ?? s.final.learningRate
    let schedules = ScheduleKind.all.map { $0.name }
    s.final.schedule = try arguments.choice("--final-schedule", of: schedules) ?? s.final.schedule
    if let on = try arguments.choice("--final-on", of: ["training", "all"]) {
      s.final.takesValidation = on == "all"
    }
  }

  /// Takes what a run decided when it began: the epochs that its hours hold, and that it has no validation faces.
  mutating func take(_ state: TrainingState) {
    settings.epochs = state.setting("train.epochs").flatMap { Int($0) } ?? settings.epochs
    if state.setting("validation.split") == "none" { validation = .none }
  }

  /// Sets the length of the run.
  mutating func setEpochs(_ epochs: Int) { settings.epochs = epochs }

  /// `32@0.35,40@0.75,44`.
  private static func sizes(
    _ text: String, of kind: NetworkKind
  ) throws(UsageError) -> [(side: Int, until: Double)] {
    var list: [(side: Int, until: Double)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
      guard pair.count <= 2, let side = Int(pair[0]), kind.sides.contains(side),
        let until = pair.count == 2 ? Arguments.number(pair[1]) : 1, until > (list.last?.until ?? 0),
        until <= 1
      else {
        throw UsageError(
          "--sizes wants sides from \(kind.sides.lowerBound) to \(kind.sides.upperBound) with rising shares of the run up to 1, such as 32@0.35,\(kind.side.cropped); \(kind.name) takes no others."
        )
      }
      list.append((side, until))
    }
    return list
  }
}

extension Arguments {
  /// Numbers joined by colons: `0.5:0.2`.
  func numbers(
    _ name: String, names: [String], in range: ClosedRange<Double>
  ) throws(UsageError) -> [Double]? {
    guard let text = string(name) else { return nil }
    let values = text.split(separator: ":", omittingEmptySubsequences: false).map {
      Arguments.number(String($0))
    }
    guard values.count == names.count, values.allSatisfy({ $0.map { range.contains($0) } ?? false }) else {
      throw UsageError(
        "\(name) wants \(names.joined(separator: ":")), numbers \(Arguments.words(range)), not \(text)."
      )
    }
    return values.map { $0 ?? 0 }
  }
}
