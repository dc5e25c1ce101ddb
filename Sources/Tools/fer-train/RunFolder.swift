import FermFormat
import FermToolSupport
import FermTrain
import Foundation

/// The folder of a run: args.json, results.csv, last.ferm, best.ferm.
struct RunFolder {
  let path: String

  private var parts: [String] {
    ["args.json", "results.csv", "last.ferm", "best.ferm"].map { "\(path)/\($0)" }
  }

  /// Names the folder; an earlier run in it is refused unless the user says otherwise. Nothing is touched yet.
  init(_ path: String, overwrite: Bool) throws(TrainError) {
    self.path = path
    guard overwrite || !parts.contains(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw .data("\(path): there is a run in this folder; choose another --out, or --overwrite it.")
    }
  }

  /// Makes the folder and removes an earlier run; called once the new one is sure to begin.
  private func clear() throws(TrainError) {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
      for file in parts where manager.fileExists(atPath: file) { try manager.removeItem(atPath: file) }
    } catch { throw .data("\(path): the folder cannot be made: \(error.localizedDescription)") }
  }

  /// Begins the run: writes args.json and the head of results.csv.
  func writeSettings(_ settings: [(String, Provenance.Value)]) throws(TrainError) {
    try clear()
    let members = settings.map { key, value in JSONValue.Member(key, json(value)) }
    try write(JSONValue.object(members).rendered(pretty: true) + "\n", to: "args.json")
    try write(
      "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,seconds\n",
      to: "results.csv")
  }

  /// Adds a row to results.csv, writes last.ferm, and best.ferm when no earlier epoch was as good.
  func write(_ result: EpochResult, seconds: Double, model: Model) throws(TrainError) {
    let validation = result.validation.map { "\($0.loss),\($0.top1)" } ?? ","

    try append(
      "\(result.epoch),\(result.learningRate),\(result.train.loss),\(result.train.accuracy),\(validation),\(seconds)\n"
    )
    for name in result.isBest ? ["last.ferm", "best.ferm"] : ["last.ferm"] {
      try TrainTool.naming("\(path)/\(name)") { () throws(FormatError) in
        try model.write(to: "\(path)/\(name)")
      }
    }
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
