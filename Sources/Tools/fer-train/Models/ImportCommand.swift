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
      throw UsageError("import needs one file and -o for the model.")
    }
    let path = arguments.positional[0]
    let named = try arguments.network()
    let width = try arguments.number("--width", in: NetworkKind.widths)
    if width != nil {
      guard let named else {
        throw UsageError("--width has no effect without --network: the file's tensors say it; leave it out.")
      }
      guard named.hasWidth else {
        throw UsageError("--width has no effect with --network \(named.name); leave it out.")
      }
    }
    let labels = LabelSet(
      names: arguments.string("--labels")?.split(separator: ",").map(String.init) ?? FaceData.fer2013)
    do throws(FormatError) { try labels.validate() } catch { throw UsageError("--labels: \(error.message)") }
    let file = try ModelDestination(output, unlike: [path])
    let checkpoint = try Checkpoint(path: path)
    let (kind, ownWidth) = try named.map { ($0, 1) } ?? network(of: checkpoint)
    let network = try kind.make(NetworkSettings(classes: labels.names.count, width: width ?? ownWidth))
    if let note = try checkpoint.load(into: network) { narrate(note) }
    var provenance = Provenance()
    provenance["tool"] = .string("fer-train \(toolVersion)")
    provenance["import.format"] = .string(checkpoint.format)
    let model = try Model(
      network, name: kind.name, preprocessing: kind.preprocessing, labels: labels,
      provenance: provenance, workers: try Workers())
    try file.write(model)
    // The checkpoint says nothing of these.
    let side = kind.side
    let isOutOfFile = NetworkKind.isFile(arguments.string("--network") ?? "")
    let pixels = isOutOfFile ? "pixels as the file states" : "pixels from 0 to 1"
    if named == nil { narrate("network, by its tensors: \(kind.name)") }
    narrate(
      "labels\(arguments.string("--labels") == nil ? ", assumed" : ""): \(labels.names.joined(separator: ", "))"
        + (arguments.string("--labels") == nil ? " (--labels A,B,... for others)" : ""))
    narrate(
      "preprocessing, assumed: that of \(kind.name), faces resized to \(side.resized) x \(side.resized), their centre \(side.cropped) x \(side.cropped), \(pixels); if the network was trained on others, its guesses are wrong"
    )
    return ExitStatus.success
  }

  /// The network whose weights they are by their names and shapes, and its width.
  private static func network(
    of checkpoint: Checkpoint
  ) throws(TrainError) -> (kind: NetworkKind, width: Double) {
    if let found = checkpoint.network { return found }
    let names = NetworkKind.all.map { $0.name }.joined(separator: ", ")
    throw .checkpoint(
      "\(checkpoint.path): its tensors are those of no network of ours (\(names)); --network NAME tells what differs from one of them, --network FILE.net or FILE.ferm whose else they are, and ferm.torch.export in Python writes any network."
    )
  }
}
