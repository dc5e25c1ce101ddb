import FermFormat
import FermImage
import FermToolSupport
import FermTrain
import Foundation
import Glibc

/// The folder of a run: args.json, results.csv, last.ferm, best.ferm, curves.svg, confusion.svg, augmented.png.
///
/// A checkpoint is written whole or not at all, and last.ferm before everything that follows from it, so a run that ends at
/// any moment can go on from last.ferm.
struct RunFolder {
  let path: String
  private let lock: RunLock

  private static let head = "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n"
  private static let parts = [
    "args.json", "results.csv", "last.ferm", "best.ferm", "curves.svg", "confusion.svg", "augmented.png",
  ]

  /// Names the folder, and locks it if it is there; an earlier run in it is refused unless the user says otherwise. Nothing
  /// else is touched yet.
  init(_ path: String, overwrite: Bool, resume: Bool) throws {
    self.path = path
    lock = RunLock(path)
    guard !FileSystem.isFile(path) else { throw UsageError("--out names a folder, and \(path) is a file.") }
    guard FileSystem.isFolder(path) else { return }
    try lock.take()
    if !overwrite, !resume { try refuseRun() }
  }

  private func refuseRun() throws(TrainError) {
    guard !Self.parts.contains(where: { FileSystem.isFile("\(path)/\($0)") }) else {
      throw .data(
        "\(path): there is a run in this folder; --resume it, --overwrite it, or choose another --out.")
    }
  }

  // MARK: - Beginning

  /// Makes the folder, removes an earlier run, and writes args.json and the head of results.csv; called once the new run is
  /// sure to begin.
  ///
  /// - Throws: `data` when the folder cannot be made, or another run began in it meanwhile.
  func begin(_ words: [String], _ settings: [Described]) throws(TrainError) {
    let isNew = !FileSystem.isFolder(path)
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw .data("\(path): the folder cannot be made: \(error.localizedDescription)")
    }
    try lock.take()
    if isNew { try refuseRun() }
    try remove { Self.parts.contains($0) || Self.isSavedEpoch($0) || Self.isLeftover($0) }
    var members = [JSONValue.Member("command", .array(words.map { .string($0) }))]
    members += settings.map { key, value in JSONValue.Member(key, json(value)) }
    try write(JSONValue.object(members).rendered(pretty: true) + "\n", to: "args.json")
    try write(Self.head, to: "results.csv")
  }

  private static func isSavedEpoch(_ name: String) -> Bool {
    name.hasPrefix("epoch_") && name.hasSuffix(".ferm")
  }

  /// Removes files of the folder by their names.
  private func remove(_ isOld: (String) -> Bool) throws(TrainError) {
    let manager = FileManager.default
    do {
      for file in try manager.contentsOfDirectory(atPath: path) where isOld(file) {
        try manager.removeItem(atPath: "\(path)/\(file)")
      }
    } catch { throw .data("\(path): an earlier file cannot be removed: \(error.localizedDescription)") }
  }

  /// Whether a file is what a program that was killed left half-written: `last.ferm.part-XXXXXX`. While the folder is locked,
  /// nobody writes such a file.
  private static func isLeftover(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let random = parts.last?.split(separator: "-").last, random.utf8.count == 6 else {
      return false
    }
    let whole = parts.dropLast().joined(separator: ".")
    return Self.parts.contains(whole) || isSavedEpoch(whole)
  }

  // MARK: - Resuming

  /// The command line that the run was started with.
  static func command(of path: String) throws(TrainError) -> [String] {
    guard let data = FileManager.default.contents(atPath: "\(path)/args.json"),
      let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
      let words = object["command"] as? [String]
    else { throw .checkpoint("\(path): there is no run to resume in this folder (no args.json of one).") }
    return words
  }

  /// Where the run stands, from last.ferm.
  func checkpoint() throws(TrainError) -> (state: TrainingState, model: Model) {
    let file = "\(path)/last.ferm"
    guard FileSystem.isFile(file) else {
      throw .checkpoint(
        "\(path): the run ended before its first checkpoint; start it again with --overwrite.")
    }
    let (model, bytes) = try TrainTool.naming(file) { () throws(FormatError) in
      let opened = try ModelFile(path: file)
      return (try opened.loadModel(), try opened.trainingState())
    }
    guard let bytes else { throw .checkpoint("\(file): it holds no training state; --init starts from it.") }
    do throws(TrainError) { return (try TrainingState(bytes), model) } catch {
      throw .checkpoint("\(file): \(error.description)")
    }
  }

  /// Puts the other files where last.ferm stands: rows of results.csv that came later go, one that is missing comes from the
  /// state, and best.ferm is made from last.ferm when that was the best.
  func rewind(to saved: (state: TrainingState, model: Model)) throws(TrainError) {
    try remove(Self.isLeftover)
    let text = (try? String(contentsOfFile: "\(path)/results.csv", encoding: .utf8)) ?? Self.head
    let lines = text.split(separator: "\n").dropFirst()
    var rows = Self.head
    for (i, row) in saved.state.history.enumerated() {
      let start = "\(i + 1),"
      let whole = lines.first {
        $0.hasPrefix(start) && $0.split(separator: ",", omittingEmptySubsequences: false).count == 7
      }
      rows += (whole.map(String.init) ?? Self.row(i + 1, row, seconds: nil)) + "\n"
    }
    try write(rows, to: "results.csv")
    if saved.state.best.epoch == saved.state.epoch, saved.state.step == 0, saved.state.epoch > 0 {
      try writeBest(saved.model)
    }
  }

  // MARK: - Writing

  /// Writes everything that an epoch brings.
  func write(
    _ result: EpochResult, seconds: Double, model: Model, state: TrainingState, names: [String],
    saveEvery: Int
  ) throws(TrainError) {
    try writeLast(model, state)
    if result.isBest { try writeBest(model) }
    if saveEvery > 0, result.epoch % saveEvery == 0 { try write(model, to: "epoch_\(result.epoch).ferm") }
    try append(Self.row(result.epoch, result.row, seconds: seconds) + "\n")
    try write(CurvesChart.svg(state.history), to: "curves.svg")
    if result.isBest, let evaluation = result.validation {
      try write(ConfusionChart.svg(evaluation, names, epoch: result.epoch), to: "confusion.svg")
    }
  }

  /// Writes last.ferm: the model, and what is needed to go on.
  func writeLast(_ model: Model, _ state: TrainingState) throws(TrainError) {
    try TrainTool.naming("\(path)/last.ferm") { () throws(FormatError) in
      try model.write(to: "\(path)/last.ferm", trainingState: state.encoded())
    }
  }

  /// Writes best.ferm.
  func writeBest(_ model: Model) throws(TrainError) { try write(model, to: "best.ferm") }

  /// Reads best.ferm.
  func best() throws(TrainError) -> Model {
    try TrainTool.naming("\(path)/best.ferm") { () throws(FormatError) in
      try ModelFile(path: "\(path)/best.ferm").loadModel()
    }
  }

  /// Writes a picture.
  func writePicture(_ image: Image, _ name: String) throws(TrainError) {
    do throws(ImageError) { try PNGFile.write(image, to: Array("\(path)/\(name)".utf8)) } catch {
      throw .data("\(path)/\(name): \(error.description)")
    }
  }

  private func write(_ model: Model, to name: String) throws(TrainError) {
    try TrainTool.naming("\(path)/\(name)") { () throws(FormatError) in
      try model.write(to: "\(path)/\(name)")
    }
  }

  private static func row(_ epoch: Int, _ row: TrainingState.HistoryRow, seconds: Double?) -> String {
    func text(_ value: Double) -> String { value.isNaN ? "" : "\(value)" }
    return [
      "\(epoch)", text(row.learningRate), text(row.trainLoss), text(row.trainAccuracy),
      text(row.validationLoss), text(row.validationAccuracy),
      seconds.map { String(format: "%.3f", $0) } ?? "",
    ].joined(separator: ",")
  }

  private func write(_ text: String, to name: String) throws(TrainError) {
    do { try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8) } catch {
      throw .data("\(path)/\(name): it cannot be written: \(error.localizedDescription)")
    }
  }

  private func append(_ text: String) throws(TrainError) {
    let file = open("\(path)/results.csv", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    defer { if file >= 0 { close(file) } }
    guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
      throw .data("\(path)/results.csv: it cannot be written: \(String(cString: strerror(errno))).")
    }
  }

  private func json(_ value: Provenance.Value) -> JSONValue {
    switch value {
    case .string(let text): .string(text)
    case .integer(let number): .int(Int(number))
    case .real(let number): .double(number)
    case .flag(let flag): .bool(flag)
    }
  }
}
