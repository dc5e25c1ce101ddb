import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// A finished run, as it is compared with others.
struct ComparedRun {
  let path: String
  /// The command line that it was begun with.
  private let command: [OptionWords]
  let state: TrainingState

  /// Settings that differ between seeds of one setting: the seed, and the faces that are drawn by it.
  private static let ofSeed = [
    "train.seed", "train.faces", "train.faces.digest", "validation.faces", "validation.faces.digest",
  ]

  /// Reads a run's folder.
  ///
  /// - Throws: `checkpoint` for a folder that holds no run, or one that has not ended.
  init(_ path: String) throws(TrainError) {
    self.path = path
    guard FileSystem.isFolder(path), FileSystem.isFile("\(path)/args.json") else {
      throw .checkpoint(
        "\(path): this is no folder of a run, as it holds no args.json; name what --out named.")
    }
    // Other versions' options do not matter here: weights and faces are compared, and the file has the settings.
    command = OptionWords.split(try RunFolder.storedCommand(of: path).words, valued: FitOptions.valued)
    state = try RunFolder.last(of: path).state
    guard state.isDone(length) else {
      throw .checkpoint(
        "\(path): the run has not ended (epoch \(state.epoch) of \(length.epochs + length.final.epochs) is done); fer-train --resume --out \(path.shell) goes on with it."
      )
    }
  }

  /// What says when a run is over.
  private var length: TrainingSettings {
    var settings = TrainingSettings()
    func number(_ key: String) -> Int { state.setting(key).flatMap { Int($0) } ?? 0 }
    settings.epochs = number("train.epochs")
    settings.earlyStop = number("train.early_stop")
    settings.final.epochs = number("train.final.epochs")
    return settings
  }

  var name: String { String(path.split(separator: "/").last ?? "/") }
  var seed: String { state.setting("train.seed") ?? "" }
  /// Every setting but those of the seed.
  var settings: [(key: String, value: String)] { state.settings.filter { !Self.ofSeed.contains($0.key) } }
  func setting(_ key: String) -> String { state.setting(key) ?? "" }

  /// Which of a run's files is compared.
  enum Weights: String {
    /// Those of the epoch that did best on the validation faces.
    case best = "best.ferm"
    /// Those of the last epoch, which nothing chose.
    case last = "last.ferm"
  }

  /// The accuracy on the validation faces, as the run itself found it.
  func validationAccuracy(of weights: Weights) -> Double? {
    weights == .best ? validationAccuracy : state.history.last.map { $0.validationAccuracy }
  }

  /// The accuracy on the faces that chose the best epoch; nil where nothing was validated.
  var validationAccuracy: Double? {
    state.best.score.isFinite && state.best.score >= 0 ? state.best.score : nil
  }
  var validationCount: Int { Int(setting("validation.faces")) ?? 0 }

  /// The views of a face that validation takes.
  var views: TestTimeAugmentation {
    TestTimeAugmentation.allCases.first { $0.name == setting("validation.crops") } ?? .none
  }

  /// What its command said of an option.
  private func given(_ option: String) -> String? { command.last { $0.subject == option }?.value }

  /// Whether only the seed sets it apart from another run, and the faces that are drawn by it.
  func isSibling(of other: ComparedRun) -> Bool {
    seed != other.seed && settings.elementsEqual(other.settings, by: ==)
      && given("--data") == other.given("--data")
      && given("--val") == other.given("--val")
  }

  /// The validation faces as an evaluation names them.
  ///
  /// - Throws: `data` for a run that has none of its own to be judged on.
  func ownFaces() throws(TrainError) -> (data: String, split: String) {
    let split = setting("validation.split")
    let way = "; --test SPLIT --data DIR compares on other faces."
    guard split != "none" else { throw .data("\(path): the run had no validation faces\(way)") }
    guard setting("train.final.on") != "training and validation" else {
      throw .data("\(path): its final stage was trained on its validation faces\(way)")
    }
    guard let data = given(split == "folder" ? "--val" : "--data") else {
      throw .data("\(path)/args.json: its command does not say where the validation faces are\(way)")
    }
    return (data, split == "folder" ? "all" : split.hasSuffix(" of train") ? "val" : split)
  }
}
