import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train import`: another program's weights as a model.
enum ImportCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--output", "--network", "--width", "--labels"], flags: [],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, let output = arguments.string("--output") else {
      throw UsageError("import wants one file and -o for the model.")
    }
    let path = arguments.positional[0]
    let kind = try NetworkKind.named(arguments.string("--network") ?? "vgg")
    let names = arguments.string("--labels")?.split(separator: ",").map(String.init) ?? FaceData.fer2013
    let network = kind.make(
      NetworkSettings(classes: names.count, width: try arguments.number("--width", in: 0.0625...4) ?? 1))
    let checkpoint = try Checkpoint(path: path)
    try checkpoint.load(into: network)
    var provenance = Provenance()
    provenance["tool"] = .string("fer-train \(toolVersion)")
    provenance["import.format"] = .string(checkpoint.format)
    let model = try Model(
      network, name: kind.name, preprocessing: .greyFaces(kind.side), labels: LabelSet(names: names),
      provenance: provenance, workers: try Workers())
    try TrainTool.naming(output) { () throws(FormatError) in
      try model.withSelfTests().write(to: output, packing: .smallest)
    }
    narrate("written: \(output)")
    return ExitStatus.success
  }
}
