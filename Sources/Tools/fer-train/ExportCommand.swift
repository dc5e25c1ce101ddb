import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train export`: the same model with other weights or packing, or its weights for other programs.
enum ExportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--output", "--weights", "--to", "--license", "--card"], flags: ["--stored"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, let output = arguments.string("--output") else {
      throw UsageError("export wants one model and -o for the other.")
    }
    let wanted = try arguments.choice("--weights", of: ElementType.allCases.map { $0.name })
    let type = ElementType.allCases.first { $0.name == wanted }
    let format = try arguments.choice("--to", of: ["ferm", "safetensors"]) ?? "ferm"
    if format == "safetensors" {
      guard type != .int8, !arguments.has("--stored"), arguments.string("--license") == nil,
        arguments.string("--card") == nil
      else {
        throw UsageError(
          "safetensors has neither int8 with scales, packing, licence nor card; leave --weights int8, --stored, --license and --card out."
        )
      }
    }
    let path = arguments.positional[0]
    var model = try TrainTool.naming(path) { () throws(FormatError) in
      let model = try ModelFile(path: path).loadModel()
      return try type.map { type throws(FormatError) in try model.converted(to: type) } ?? model
    }
    if type != nil {
      // Figures belong to the weights that they were measured with.
      for entry in model.provenance.entries where entry.key.hasPrefix("eval.") {
        model.provenance[entry.key] = nil
      }
    }
    if let license = arguments.string("--license") { model.provenance["license"] = .string(license) }
    if let path = arguments.string("--card") {
      let text: String
      do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
        throw TrainError.data("\(path): it cannot be read as UTF-8 text: \(error.localizedDescription)")
      }
      model.notes.removeAll { $0.name == "card.md" }
      model.notes.append(Note(name: "card.md", text: text))
    }
    let exported = model
    try TrainTool.naming(output) { () throws(FormatError) in
      if format == "safetensors" {
        try exported.writeSafetensors(to: output)
      } else {
        try exported.withSelfTests().write(
          to: output, packing: arguments.has("--stored") ? .stored : .smallest)
      }
    }
    narrate("written: \(output)")
    return ExitStatus.success
  }
}
