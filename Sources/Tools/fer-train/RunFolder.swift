import FermFormat
import FermImage
import FermToolSupport
import FermTrain
import Foundation

/// The folder of a run: args.json, results.csv, last.ferm, best.ferm, curves.svg, confusion.svg, augmented.png.
///
/// A checkpoint is written whole or not at all, and last.ferm before everything that follows from it, so a run that ends at
/// any moment can go on from last.ferm.
struct RunFolder {
  let path: String

  private static let head = "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n"
  private static let parts = [
    "args.json", "results.csv", "last.ferm", "best.ferm", "curves.svg", "confusion.svg", "augmented.png",
  ]

  /// Names the folder; an earlier run in it is refused unless the user says otherwise. Nothing is touched yet.
  init(_ path: String, overwrite: Bool, resume: Bool) throws(TrainError) {
    self.path = path
    guard overwrite || resume || !Self.parts.contains(where: { FileSystem.isFile("\(path)/\($0)") }) else {
      throw .data(
        "\(path): there is a run in this folder; --resume it, --overwrite it, or choose another --out.")
    }
  }

  // MARK: - Beginning

  /// Makes the folder, removes an earlier run, and writes args.json and the head of results.csv; called once the new run is
  /// sure to begin.
  func begin(_ words: [String], _ settings: [Described]) throws(TrainError) {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
      let old = try manager.contentsOfDirectory(atPath: path).filter {
        Self.parts.contains($0) || ($0.hasPrefix("epoch_") && $0.hasSuffix(".ferm"))
      }
      for file in old { try manager.removeItem(atPath: "\(path)/\(file)") }
    } catch { throw .data("\(path): the folder cannot be made: \(error.localizedDescription)") }
    var members = [JSONValue.Member("command", .array(words.map { .string($0) }))]
    members += settings.map { key, value in JSONValue.Member(key, json(value)) }
    try write(JSONValue.object(members).rendered(pretty: true) + "\n", to: "args.json")
    try write(Self.head, to: "results.csv")
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
    do {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/results.csv"))
      try file.seekToEnd()
      try file.write(contentsOf: Data(text.utf8))
      try file.close()
    } catch { throw .data("\(path)/results.csv: it cannot be written: \(error.localizedDescription)") }
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
