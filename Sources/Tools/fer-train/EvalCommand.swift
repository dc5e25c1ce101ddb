import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train eval`: how good a model is on a split.
enum EvalCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--data", "--split", "--tta", "--threads", "--limit", "--svg", "--output"],
      flags: ["--json", "--skip-bad", "--drop-duplicates"])
    if TrainTool.answered(arguments) { return ExitStatus.success }
    guard arguments.positional.count == 1, arguments.string("--data") != nil else {
      throw UsageError("eval wants one model and --data.")
    }
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let scored = try ScoredFaces(arguments, arguments.positional[0], workers)
    let views =
      try arguments.choice("--tta", of: TestTimeAugmentation.allCases.map { $0.name })
      .flatMap { name in TestTimeAugmentation.allCases.first { $0.name == name } } ?? .none
    let evaluation = try TrainTool.naming(arguments.positional[0]) { () throws(FormatError) in
      try Evaluation(scored.plan, on: scored.faces, views: views, threads: workers.count)
    }
    let report = EvaluationReport(
      evaluation: evaluation, network: scored.plan.name, labels: scored.plan.labels,
      split: scored.split, rule: EvaluationReport.rule(scored.described, scored.model.provenance),
      views: views)
    print(arguments.has("--json") ? report.json : report.text)
    if let path = arguments.string("--output") {
      var model = scored.model
      report.record(in: &model.provenance)
      let recorded = model
      try TrainTool.naming(path) { () throws(FormatError) in
        try recorded.withSelfTests().write(to: path, packing: .smallest)
      }
    }
    if let path = arguments.string("--svg") {
      let picture = ConfusionChart.svg(evaluation, scored.plan.labels.names, epoch: nil)
      do { try picture.write(toFile: path, atomically: true, encoding: .utf8) } catch {
        throw TrainError.data("\(path): it cannot be written: \(error.localizedDescription)")
      }
    }
    return scored.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }
}

/// A model, and the faces of one split, ready for it.
struct ScoredFaces {
  let model: Model
  let plan: Plan
  private(set) var split: String
  private(set) var faces: FaceSet
  let badCount: Int
  /// The split in words.
  private(set) var described: String

  init(_ arguments: Arguments, _ path: String, _ workers: Workers) throws {
    let model = try TrainTool.naming(path) { () throws(FormatError) in try ModelFile(path: path).loadModel() }
    self.model = model
    plan = try TrainTool.naming(path) { () throws(FormatError) in try Plan(model) }
    let skipsBad = arguments.has("--skip-bad")
    let data = try FaceData(path: arguments.string("--data") ?? "", skipsBad: skipsBad, workers: workers)
    guard data.classes == plan.labels.names else {
      throw TrainError.data(
        "\(data.path): its classes are \(data.classes.joined(separator: ", ")), and the model's are \(plan.labels.names.joined(separator: ", "))."
      )
    }
    let known = ["public", "private", "train", "val", "test", "all"]
    let split =
      try arguments.choice("--split", of: known)
      ?? known.first { data.splits[$0] != nil && $0 != "train" } ?? "train"
    (self.split, described) = (split, split)
    let names = split == "all" ? data.splits.keys.sorted() : [split]
    let found = names.flatMap { data.splits[$0] ?? [] }
    guard !found.isEmpty else {
      throw TrainError.data("\(data.path): there are no faces of the split \(split).")
    }
    let listed = FaceData.sample(
      found, limit: try arguments.integer("--limit", in: 1...Int.max) ?? 0, seed: 0)
    let preprocessor = Preprocessor(plan.preprocessing)
    func load(_ listed: [LabelledFace]) throws(TrainError) -> FaceSet {
      try FaceSet(
        listed, of: data, decoder: FileDecoder(), preprocessor: preprocessor, workers: workers,
        skipsBad: skipsBad)
    }
    faces = try load(listed)
    let bad = data.bad + faces.bad
    badCount = bad.count
    for sentence in bad.prefix(10) { narrate("left out: \(sentence)") }
    if bad.count > 10 { narrate("left out: \(bad.count - 10) more") }
    if arguments.has("--drop-duplicates") {
      guard split != "train", split != "all", let train = data.splits["train"] else {
        throw UsageError("--drop-duplicates wants a split other than train, and training faces in --data.")
      }
      let seen = Set(Duplicates(train: try load(train), validation: faces).across.map { $0.validation })
      faces = faces.keeping(faces.labels.indices.filter { !seen.contains($0) })
      self.split = "\(split)-unseen"
      described = "\(split) without its \(seen.count) faces that are in train"
      guard faces.count > 0 else {
        throw TrainError.data("\(data.path): all faces of the split \(split) are in train, too.")
      }
    }
  }
}
