import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train export`: the same model with other weights or packing, or its weights for other programs.
enum ExportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(words, valued: ["--output", "--weights", "--to"], flags: ["--stored"])
    if TrainTool.answered(arguments) { return ExitStatus.success }
    guard arguments.positional.count == 1, let output = arguments.string("--output") else {
      throw UsageError("export wants one model and -o for the other.")
    }
    let wanted = try arguments.choice("--weights", of: ElementType.allCases.map { $0.name })
    let type = ElementType.allCases.first { $0.name == wanted }
    let format = try arguments.choice("--to", of: ["ferm", "safetensors"]) ?? "ferm"
    if format == "safetensors" && (type == .int8 || arguments.has("--stored")) {
      throw UsageError(
        "safetensors has neither int8 with scales nor packing; leave --weights int8 and --stored out.")
    }
    let path = arguments.positional[0]
    let model = try TrainTool.naming(path) { () throws(FormatError) in
      let model = try ModelFile(path: path).loadModel()
      return try type.map { type throws(FormatError) in try model.converted(to: type) } ?? model
    }
    try TrainTool.naming(output) { () throws(FormatError) in
      if format == "safetensors" {
        try model.writeSafetensors(to: output)
      } else {
        try model.withSelfTests().write(to: output, packing: arguments.has("--stored") ? .stored : .smallest)
      }
    }
    narrate("written: \(output)")
    return ExitStatus.success
  }
}
