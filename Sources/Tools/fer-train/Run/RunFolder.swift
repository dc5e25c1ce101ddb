import FermFiles
import FermFormat
import FermImage
import FermToolSupport
import FermTrain
import Foundation
import Glibc

/// The folder of a run: args.json, results.csv, last.ferm, best.ferm, curves.svg, confusion.svg, augmented.png, and, once it has
/// ended, predictions.csv and report.html.
///
/// A checkpoint is written whole or not at all, and last.ferm before everything that follows from it, so a run that ends at
/// any moment can go on from last.ferm.
struct RunFolder {
  let path: String
  private let lock: RunLock

  private static let head = "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n"
  private static let parts = [
    "args.json", "results.csv", "last.ferm", "best.ferm", "curves.svg", "confusion.svg", "augmented.png",
    "predictions.csv", "folds.csv", "report.html",
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
    try claim(words, settings)
    try write(Self.head, to: "results.csv")
  }

  /// Makes the folder, removes an earlier run, and writes args.json.
  ///
  /// - Throws: as ``begin(_:_:)`` does.
  func claim(_ words: [String], _ settings: [Described]) throws(TrainError) {
    let isNew = !FileSystem.isFolder(path)
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw .data("\(path): the folder cannot be made: \(error.localizedDescription)")
    }
    try lock.take()
    if isNew { try refuseRun() }
    try remove { Self.parts.contains($0) || KeptEpochs.isOne($0) || Self.isLeftover($0) }
    try writeArguments(words, settings)
  }

  /// Takes back what ``claim(_:_:)`` did, where nothing came of it.
  func abandon() {
    for name in ["args.json", ".lock"] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// Writes args.json: what was asked for, by which program and when, and every setting that it came to.
  func writeArguments(_ words: [String], _ settings: [Described]) throws(TrainError) {
    var members = [
      JSONValue.Member("command", .array(words.map { .string($0) })),
      JSONValue.Member("tool", .string("fer-train \(toolVersion)")),
      JSONValue.Member("date", .string(Date().ISO8601Format())),
    ]
    members += settings.map { key, value in JSONValue.Member(key, value.json) }
    try write(JSONValue.object(members).rendered(pretty: true) + "\n", to: "args.json")
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

  /// Whether a file is what a program that was killed left half-written: `last.ferm.part-` and six signs. While the folder is
  /// locked, nobody writes such a file.
  private static func isLeftover(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let random = parts.last?.split(separator: "-").last, random.utf8.count == 6 else {
      return false
    }
    let whole = parts.dropLast().joined(separator: ".")
    return Self.parts.contains(whole) || KeptEpochs.isOne(whole)
  }

  // MARK: - Resuming

  /// The command line that a run was started with, to be carried out again.
  ///
  /// - Throws: `checkpoint` for a folder without one, or with one that only another version understands.
  static func command(of path: String) throws(TrainError) -> [String] {
    let (words, tool) = try storedCommand(of: path)
    try StoredCommand.check(
      words, valued: FitOptions.valued, flags: FitOptions.flags, in: "\(path)/args.json", of: tool)
    return words
  }

  /// The same as it was written, by whatever version, and which that was.
  ///
  /// - Throws: `checkpoint` for a folder without one.
  static func storedCommand(of path: String) throws(TrainError) -> (words: [String], tool: String?) {
    let file = "\(path)/args.json"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .checkpoint("\(path): there is no run in this folder (no args.json of one).")
    }
    guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
      let words = object["command"] as? [String]
    else { throw .checkpoint("\(file): this is not what fer-train writes; the run cannot be understood.") }
    return (words, object["tool"] as? String)
  }

  /// Where the run stands, from last.ferm, or where it stood after an earlier epoch.
  func checkpoint(epoch: Int? = nil) throws(TrainError) -> (state: TrainingState, model: Model) {
    guard let epoch else {
      return try Self.last(of: path)
    }
    if let name = keptNames.first(where: { KeptEpochs.epoch(of: $0) == epoch }) {
      return try Self.checkpoint("\(path)/\(name)")
    }
    if let saved = try? Self.checkpoint("\(path)/last.ferm") {
      if saved.state.epoch == epoch, saved.state.step == 0 { return saved }
      throw .checkpoint(
        "\(path): epoch \(epoch) was not kept (--save-every and --keep-best keep some): there \(savedEpochs); --resume alone goes on from epoch \(saved.state.epoch)."
      )
    }
    throw .checkpoint(
      "\(path): epoch \(epoch) was not kept (--save-every and --keep-best keep some): there \(savedEpochs).")
  }

  /// Where a run stands, from its last.ferm.
  static func last(of path: String) throws(TrainError) -> (state: TrainingState, model: Model) {
    let last = "\(path)/last.ferm"
    guard FileSystem.isFile(last) else {
      throw .checkpoint(
        "\(path): the run ended before its first checkpoint; start it again with --overwrite.")
    }
    return try checkpoint(last)
  }

  private var savedEpochs: String {
    let epochs = Set(keptNames.compactMap { KeptEpochs.epoch(of: $0) }).sorted()
    let list = epochs.map { "\($0)" }.joined(separator: ", ")
    return epochs.isEmpty ? "is none" : epochs.count == 1 ? "is \(list)" : "are \(list)"
  }

  private var keptNames: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { KeptEpochs.isOne($0) }
  }

  /// Reads a checkpoint.
  static func checkpoint(
    _ file: String
  ) throws(TrainError) -> (state: TrainingState, model: Model) {
    try checkpoint(file) { () throws(FormatError) in try ModelFile(path: file) }
  }

  /// Reads a checkpoint from a file that is opened, or from its bytes.
  static func checkpoint(
    _ file: String, _ open: () throws(FormatError) -> ModelFile
  ) throws(TrainError) -> (state: TrainingState, model: Model) {
    let (model, bytes) = try TrainTool.naming(file) { () throws(FormatError) in
      let opened = try open()
      return (try opened.loadModel(), try opened.trainingState())
    }
    guard let bytes else { throw .checkpoint("\(file): it holds no training state; --init starts from it.") }
    do throws(TrainError) { return (try TrainingState(bytes), model) } catch {
      throw .checkpoint("\(file): \(error.description)")
    }
  }

  /// Makes an earlier epoch the last: last.ferm becomes that epoch's, and best.ferm the best until then.
  ///
  /// - Returns: what the run has to know of it: where the best epoch until then was not kept, the earlier one is the best.
  func goBack(
    to saved: (state: TrainingState, model: Model)
  ) throws(TrainError) -> (state: TrainingState, model: Model) {
    var state = saved.state
    let best = state.best.epoch
    let isThere = (try? self.best())?.provenance["train.epoch"] == .integer(Int64(best))
    if best != state.epoch, !isThere {
      if let kept = try? checkpoint(epoch: best) {
        try writeBest(kept.model)
      } else {
        state.best = (state.history.last?.validationAccuracy ?? 0, state.epoch)
        narrate(
          "epoch \(best), the best until then, was not kept: epoch \(state.epoch) counts as the best now")
      }
    }
    try writeLast(saved.model, state)
    return (state, saved.model)
  }

  /// Puts the other files where last.ferm stands: rows of results.csv that came later go, one that is missing comes from the
  /// state, and what is made of an epoch's last.ferm is made again where it is missing.
  func rewind(to saved: (state: TrainingState, model: Model), _ kept: KeptEpochs) throws(TrainError) {
    try remove { Self.isLeftover($0) || kept.isOutdated($0, saved.state) }
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
    let epoch = saved.state.epoch
    guard saved.state.step == 0, epoch > 0 else { return }
    if saved.state.best.epoch == epoch { try writeBest(saved.model) }
    for name in kept.names(after: saved.state) where !FileSystem.isFile("\(path)/\(name)") {
      try write(saved.model, to: name, saved.state)
    }
  }

  // MARK: - Writing

  /// Writes everything that an epoch brings.
  func write(
    _ result: EpochResult, seconds: Double, model: Model, state: TrainingState, charts: RunCharts,
    _ kept: KeptEpochs
  ) throws(TrainError) {
    try writeLast(model, state)
    if result.isBest { try writeBest(model) }
    for name in kept.names(after: state) { try write(model, to: name, state) }
    if kept.best > 0 { try remove { kept.isOutdated($0, state) } }
    try append(Self.row(result.epoch, result.row, seconds: seconds) + "\n")
    try write(charts.curves(state).file, to: "curves.svg")
    if result.isBest, let evaluation = result.validation {
      try write(charts.confusion(evaluation, epoch: result.epoch).file, to: "confusion.svg")
    }
  }

  /// Writes last.ferm: the model, and what is needed to go on.
  func writeLast(_ model: Model, _ state: TrainingState) throws(TrainError) {
    try write(model, to: "last.ferm", state)
  }

  /// Writes best.ferm.
  func writeBest(_ model: Model) throws(TrainError) { try write(model, to: "best.ferm") }

  /// Reads best.ferm.
  func best() throws(TrainError) -> Model { try Self.best(of: path) }

  /// Reads a run's best.ferm.
  static func best(of path: String) throws(TrainError) -> Model {
    try TrainTool.naming("\(path)/best.ferm") { () throws(FormatError) in
      try ModelFile(path: "\(path)/best.ferm").loadModel()
    }
  }

  /// Writes what best.ferm says of the validation faces.
  ///
  /// - Parameter logits: of best.ferm, `[N, classes]`.
  /// - Parameter data: the folder or table that the faces come from.
  func writePredictions(_ logits: [Float], of set: FaceSet, from data: String) throws(TrainError) {
    let predictions = Predictions(
      logits, of: set, from: data, labels: try best().labels,
      model: try Predictions.identity(of: "\(path)/best.ferm"))
    try write(predictions.csv, to: "predictions.csv")
  }

  /// Writes a picture.
  func writePicture(_ image: Image, _ name: String) throws(TrainError) {
    // The name of a leftover, should the program end in the midst.
    let part = "\(path)/\(name).part-000000"
    do throws(ImageError) { try PNGFile.write(image, to: Array(part.utf8)) } catch {
      unlink(part)
      throw .data("\(path)/\(name): \(error.description)")
    }
    guard rename(part, "\(path)/\(name)") == 0 else {
      throw .data("\(path)/\(name): it cannot be written: \(systemReason(errno)).")
    }
  }

  private func write(_ model: Model, to name: String, _ state: TrainingState? = nil) throws(TrainError) {
    try TrainTool.naming("\(path)/\(name)") { () throws(FormatError) in
      try model.write(to: "\(path)/\(name)", trainingState: state?.encoded())
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

  /// Writes a text.
  func write(_ text: String, to name: String) throws(TrainError) {
    try write(Array(text.utf8), to: name)
  }

  /// Writes a file whole, or not at all.
  func write(_ bytes: [UInt8], to name: String) throws(TrainError) {
    do throws(FileError) {
      try OutputFile.write(bytes, to: FilePath("\(path)/\(name)"))
    } catch { throw .data(error.message) }
  }

  private func append(_ text: String) throws(TrainError) {
    let file = open("\(path)/results.csv", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
    defer { if file >= 0 { close(file) } }
    guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
      throw .data("\(path)/results.csv: it cannot be written: \(systemReason(errno)).")
    }
  }
}
