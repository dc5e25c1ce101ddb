import FermDrawing
import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train explain`: which pixels a model's answers depend on.
enum ExplainCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words,
      valued: [
        "--out", "--method", "--class", "--data", "--split", "--threads", "--limit", "--votes", "--group",
      ],
      flags: ["--skip-bad"], foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    let hasData = arguments.string("--data") != nil
    guard let given = arguments.positional.first, let out = arguments.string("--out"),
      arguments.positional.count > 1 || hasData
    else {
      throw UsageError("explain needs a model, pictures of faces or --data, and --out for the folder.")
    }
    for option in ["--split", "--limit"] where arguments.string(option) != nil && !hasData {
      throw UsageError("\(option) says which faces of --data are meant, and there is no --data.")
    }
    let name = try arguments.choice("--method", of: SaliencyMethod.all.map { $0.name })
    let method = SaliencyMethod.all.first { $0.name == name } ?? .gradient
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let path = try ModelPath.resolved(given)
    let model = try TrainTool.naming(path) { () throws(FormatError) in try ModelFile(path: path).loadModel() }
    let wanted = try arguments.string("--class").map { name in
      guard let place = model.labels.names.firstIndex(of: name) else {
        throw UsageError("--class takes one of \(model.labels.names.joined(separator: ", ")), not \(name).")
      }
      return place
    }
    let explainer = try FaceExplainer(model, method: method, of: wanted, workers: workers)
    let inputs = [FilePath(path)] + arguments.paths.dropFirst()
    let folder = try ExplanationFolder(FilePath(out), unlike: inputs, try DrawingLibrary())
    let pictures = FacePictures(Array(inputs.dropFirst()), skipsBad: arguments.has("--skip-bad"))
    var failed = try pictures.forEach(model.preprocessing) { name, face in
      let explained = try explainer.explained(face, name: name.printable)
      print("\(name.printable): \(explained.answer) -> \(try folder.write(explained, of: name))".printable)
    }
    if hasData {
      let scored = try ScoredFaces(arguments, given, workers)
      narrate(scored.rule)
      for page in try ExplanationPages(scored, explainer, workers).drawn(
        folder.library, { try folder.write($0, as: $1) })
      {
        print(page)
      }
      failed += scored.badCount
    }
    return failed > 0 ? ExitStatus.someFailed : ExitStatus.success
  }
}
