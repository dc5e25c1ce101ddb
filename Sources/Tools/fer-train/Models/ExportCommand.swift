import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train export`: the same model with other weights or packing, or its weights for other programs.
enum ExportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--output", "--weights", "--to", "--license", "--card", "--embedding", "--crop"],
      flags: ["--stored"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, let output = arguments.string("--output") else {
      throw UsageError("export needs one model and -o for the other.")
    }
    let crop = try arguments.string("--crop").map { text throws(UsageError) in try CropChange(text) }
    let wanted = try arguments.choice("--weights", of: ElementType.allCases.map { $0.name })
    let type = ElementType.allCases.first { $0.name == wanted }
    let format = try ExportFormat.chosen(
      for: output, arguments.choice("--to", of: ExportFormat.allCases.map { $0.rawValue }))
    if format == .safetensors {
      guard type != .int8, !arguments.has("--stored"), arguments.string("--license") == nil,
        arguments.string("--card") == nil, arguments.string("--embedding") == nil, crop == nil
      else {
        throw UsageError(
          "safetensors has neither int8 with scales, packing, licence, card, outputs nor crop rules; leave --weights int8, --stored, --license, --card, --embedding and --crop out."
        )
      }
    }
    let path = try ModelPath.resolved(arguments.positional[0])
    let file = try OutputFile(
      FilePath(output), unlike: [path, arguments.string("--card")].compactMap { $0.map { FilePath($0) } })
    var model = try TrainTool.naming(path) { () throws(FormatError) in
      let model = try ModelFile(path: path).loadModel()
      return try type.map { type throws(FormatError) in try model.converted(to: type) } ?? model
    }
    if let name = arguments.string("--embedding") {
      try TrainTool.naming(path) { () throws(FormatError) in
        try model.addEmbedding(name == "auto" ? "embedding" : name)
      }
    }
    if type != nil {
      // Figures belong to the weights that they were measured with.
      for entry in model.provenance.entries where entry.key.hasPrefix("eval.") {
        model.provenance[entry.key] = nil
      }
    }
    crop?.apply(to: &model)
    if let license = arguments.string("--license") { model.provenance["license"] = .string(license) }
    if let path = arguments.string("--card") {
      model.notes.removeAll { $0.name == "card.md" }
      model.notes.append(Note(name: "card.md", text: try card(path)))
    }
    let exported = model
    let bytes = try TrainTool.naming(output) { () throws(FormatError) in
      format == .safetensors
        ? exported.safetensors
        : try exported.withSelfTests().encoded(packing: arguments.has("--stored") ? .stored : .smallest)
    }
    try file.append(bytes)
    try file.commit()
    narrate("written: \(output)")
    return ExitStatus.success
  }

  /// The text of a model card, which may come from a pipe; no more is read than a file can hold.
  private static func card(_ path: String) throws(TrainError) -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw .data("\(path): it cannot be read: \(systemReason(errno)).")
    }
    let bytes: [UInt8]
    do { bytes = [UInt8](try handle.read(upToCount: Limits.noteBytes + 1) ?? Data()) } catch {
      throw .data("\(path): it cannot be read: \(error.localizedDescription)")
    }
    guard bytes.count <= Limits.noteBytes else {
      throw .data("\(path): a card has at most \(Limits.noteBytes) bytes.")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw .data("\(path): it is not UTF-8 text.")
    }
    return text
  }
}
