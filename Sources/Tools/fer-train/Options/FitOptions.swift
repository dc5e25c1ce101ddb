import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// What a training run was asked for: a preset, and every option that differs from it. Each value is what the default preset
/// has; ``FitOption`` declares the options that change it.
struct FitOptions: Sendable {
  /// What holds where the user does not say.
  enum Preset: Sendable {
    /// A short modern run.
    case standard
    /// What arXiv 2105.03588 does.
    case reference
  }

  private(set) var preset = Preset.standard
  var kind = NetworkKind.all[0]
  var width = 1.0
  var dropout: Float?
  /// The share dropped behind each block; nil is the network's own.
  var blockDropout: Float?
  /// How often the last residual block is left out.
  var dropPath: Float = 0
  var settings = Self.usualSettings
  var optimiser = OptimiserKind.all[0]
  /// The largest learning rate.
  var peak = OptimiserKind.all[0].learningRate
  var schedule = ScheduleKind.all[0]
  /// How a step comes by its gradients.
  var method: any GradientMethod = PlainGradients()
  /// Epochs in which the learning rate rises before the schedule begins.
  var warmup = 2.0
  var finalSchedule = ScheduleKind.all[0]
  /// The largest learning rate of the final stage.
  var finalPeak = 1e-4
  /// The hyperparameters that the user sets, by option.
  var given: [String: Double] = [:]
  var data = ""
  var validation = ValidationChoice.automatic
  /// FER+'s table of votes, which take the place of the labels.
  var votes: VoteTable?
  /// How much training faces count.
  var weights: FaceWeights?
  /// What tells which faces belong together.
  var group: GroupRule?
  /// The share of the training faces that neither trains nor chooses.
  var test: Double?
  var limit = 0
  var maxHours: Double?
  var saveEvery = 0
  var keepBest = 0
  var initial: String?
  /// A number that stands for the initial weights.
  var initialDigest: String?
  var freeze: [String] = []
  /// Trained models whose probabilities become soft targets, with their share and temperature.
  var teachers: [String] = []
  var teacherShare: Float = 0.6
  var teacherTemperature: Float = 1
  var teacherSight = Teacher.Sight.faces
  /// What stands for the teachers' weights.
  var teacherDigest: String?
  var skipsBad = false
  var dropsDuplicates = false
  /// Whether report.html shows no faces.
  var hidesFaces = false
  /// The network and width of the model that `--init` names, where it says so.
  let model: (kind: NetworkKind, width: Double)?

  /// What a preset has.
  init(preset: Preset = .standard) {
    model = nil
    take(preset)
  }

  /// Reads a command line.
  ///
  /// - Parameter model: the network and width of the model that `--init` names, if that says so.
  init(_ arguments: Arguments, like model: (kind: NetworkKind, width: Double)?) throws {
    self.model = model
    for option in FitOption.all { try option.read(arguments, &self) }
    settings.final.schedule = finalSchedule.schedule(peak: finalPeak, given)
  }

  /// The trainer's own, in the fastest precision: one run in bf16 ends where one in fp32 does.
  private static var usualSettings: TrainingSettings {
    var settings = TrainingSettings()
    settings.precision = .fastest
    return settings
  }

  /// Puts what a preset has in the place of everything.
  mutating func take(_ preset: Preset) {
    self.preset = preset
    if preset == .reference { for option in FitOption.all { option.refer(&self) } }
  }

  /// Takes what a run decided when it began: the precision, the shards and how they are added, the epochs that its time budget allowed,
  /// and that it has no validation faces.
  mutating func take(_ state: TrainingState) {
    settings.precision =
      state.setting("train.precision").flatMap { TrainingPrecision(rawValue: $0) } ?? .fp32
    settings.epochs = state.setting("train.epochs").flatMap { Int($0) } ?? settings.epochs
    settings.shards = state.setting("train.shards").flatMap { Int($0) } ?? 1
    settings.wire = state.setting("train.wire").flatMap { WireFormat(rawValue: $0) } ?? .fp32
    if state.setting("validation.split") == "none" { validation = .none }
  }

  // MARK: - What the trainer gets

  /// The optimiser's formula.
  var rule: any UpdateRule { optimiser.rule(given) }

  /// The schedules of the run: of its main part, and of a final stage.
  var schedules: [ScheduleKind] { [schedule] + (settings.final.epochs > 0 ? [finalSchedule] : []) }

  /// The learning rate over the main part of the run.
  var learningRate: any Schedule {
    let after = schedule.schedule(peak: peak, given)
    return warmup > 0 ? Warmup(after: after, epochs: warmup) : after
  }

  /// The folder or table that the validation faces come from.
  var validationData: String { if case .path(let path) = validation { path } else { data } }

  /// Whether PrivateTest chooses the best epoch and trains in the final stage, as in the reference.
  var isReferenceProtocol: Bool {
    validation == .split(.private) && settings.final.epochs > 0 && settings.final.takesValidation
  }

  /// Whether crops may have blank rectangles.
  var erases: Bool { settings.augmentation.erasing.probability > 0 }

  /// The network's own preprocessing, at its full size.
  var preprocessing: Preprocessing { kind.preprocessing }

  /// The epochs whose checkpoints stay.
  var kept: KeptEpochs { KeptEpochs(every: saveEvery, best: keepBest) }

  /// Steps of an epoch over so many faces.
  func steps(_ faces: Int) -> Int { faces / max(1, min(settings.batch, faces)) }

  /// A network with fresh weights; throws `model` where it cannot tell so many classes apart.
  func network(classes: Int, seed: UInt64) throws(TrainError) -> any Network {
    try kind.make(
      NetworkSettings(
        classes: classes, width: width, dropout: dropout, blockDropout: blockDropout, dropPath: dropPath,
        seed: seed))
  }

  /// What trains it.
  ///
  /// - Parameter settings: others than the run's own, for a trial.
  func trainer(
    _ network: any Network, settings: TrainingSettings? = nil, workers: Workers,
    group: any ProcessGroup = SingleProcess(), frozen: [Parameter] = [],
    teacher: Teacher? = nil, description: [(key: String, value: String)] = []
  ) throws(TrainError) -> Trainer {
    try Trainer(
      network, optimiser: rule, schedule: learningRate, settings: settings ?? self.settings, workers: workers,
      method: method, group: group, frozen: frozen, teacher: teacher, description: description)
  }
}

// MARK: - What is read

extension FitOptions {
  /// Where people have FER2013 when they do not say.
  static let usualPlaces = ["datasets/fer2013/fer2013.csv", "datasets/fer2013"]

  static func usualData() throws -> String {
    for path in usualPlaces where FileSystem.isFolder("\(path)/train") || FileSystem.isFile(path) {
      return path
    }
    throw UsageError(
      "--data names the faces, and it is missing; nor are there datasets/fer2013/fer2013.csv or datasets/fer2013/train. FER2013 is at kaggle.com/datasets/msambare/fer2013 (folders) and kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge (CSV)."
    )
  }

  /// `32@0.35,40@0.75,44`.
  static func sizes(
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
          "--sizes takes sides from \(kind.sides.lowerBound) to \(kind.sides.upperBound) with rising shares of the run up to 1, such as 32@0.35,\(kind.side.cropped); \(kind.name) takes no others."
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
        "\(name) takes \(names.joined(separator: ":")), numbers \(Arguments.words(range)), not \(text)."
      )
    }
    return values.map { $0 ?? 0 }
  }
}
