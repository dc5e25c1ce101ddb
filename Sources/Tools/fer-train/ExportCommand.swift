import FermFormat
import FermToolSupport
import FermTrain

/// `fer-train export`: the same model with other weights or packing.
enum ExportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(words, valued: ["--output", "--weights"], flags: ["--stored"])
    if TrainTool.answered(arguments) { return ExitStatus.success }
    guard arguments.positional.count == 1, let output = arguments.string("--output") else {
      throw UsageError("export wants one model and -o for the other.")
    }
    let path = arguments.positional[0]
    let wanted = try arguments.choice("--weights", of: ElementType.allCases.map { $0.name })
    let packing: Packing = arguments.has("--stored") ? .stored : .smallest
    var model = try TrainTool.naming(path) { () throws(FormatError) in try ModelFile(path: path).loadModel() }
    if let type = ElementType.allCases.first(where: { $0.name == wanted }) {
      model = try TrainTool.naming(path) { () throws(FormatError) in try model.converted(to: type) }
    }
    let result = model
    try TrainTool.naming(output) { () throws(FormatError) in try result.write(to: output, packing: packing) }
    narrate("written: \(output)")
    return ExitStatus.success
  }
}
