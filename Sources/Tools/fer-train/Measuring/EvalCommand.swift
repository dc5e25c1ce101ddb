import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train eval`: how good a model is on a split.
enum EvalCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words,
      valued: [
        "--data", "--split", "--tta", "--threads", "--limit", "--svg", "--html", "--precision", "--output",
        "--by", "--votes", "--group", "--predictions",
      ] + ClassOptions.names,
      flags: ["--json", "--skip-bad", "--drop-duplicates", "--no-faces", "--framings"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, arguments.string("--data") != nil else {
      throw UsageError("eval needs one model and --data.")
    }
    if let path = arguments.string("--svg"), path == arguments.string("--output") {
      throw UsageError("--svg and -o name the same file; a picture is no model.")
    }
    let asked = try arguments.choice("--precision", of: Precision.self) ?? .exact
    guard arguments.string("--html") != nil || !arguments.has("--no-faces") else {
      throw UsageError("--no-faces leaves faces out of a page, so it needs --html FILE.")
    }
    guard asked == .exact || arguments.string("--output") == nil else {
      throw UsageError("-o writes the model's figures, which are those of --precision exact.")
    }
    if let option = ClassOptions.names.first(where: { arguments.string($0) != nil }),
      arguments.string("--output") != nil
    {
      throw UsageError("-o writes figures by the model's own classes, and \(option) asks for others.")
    }
    let groups = try arguments.string("--by").map { try FaceRows(path: $0) }
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let scored = try ScoredFaces(arguments, arguments.positional[0], workers)
    let views =
      try arguments.choice("--tta", of: TestTimeAugmentation.allCases.map { $0.name })
      .flatMap { name in TestTimeAugmentation.allCases.first { $0.name == name } } ?? .none
    // The model may be given its own figures (docs/recipes.md); it is all in memory, and no other input is replaced.
    let inputs = [arguments.string("--data") ?? ""] + scored.faces.names
    let recorded = try arguments.string("--output").map { try ModelDestination($0, unlike: inputs) }
    func output(_ option: String) throws -> OutputFile? {
      try arguments.string(option).map {
        try OutputFile(FilePath($0), unlike: ([scored.path] + inputs).map { FilePath($0) })
      }
    }
    let (picture, page, table) = (try output("--svg"), try output("--html"), try output("--predictions"))
    let precision = scored.plan.inEffect(asked)
    if precision != asked { narrate("--precision \(asked) runs as \(precision) on this processor") }
    let answers = try ModelAnswers(scored, views: views, precision: precision, threads: workers.count)
    let evaluation = answers.evaluation
    let report = EvaluationReport(
      evaluation: evaluation, network: scored.plan.name, labels: answers.labels,
      split: scored.split, rule: scored.rule, classes: scored.classes, views: views, precision: precision,
      groups: try groups.map { try GroupScores($0, scored.faces, answers.evaluation(of:)) },
      framings: arguments.has("--framings")
        ? try FramingScores(scored, answers, views: views, precision: precision, workers: workers) : nil)
    print(arguments.has("--json") ? report.json : report.text)
    if let recorded {
      var model = scored.model
      report.record(in: &model.provenance)
      try recorded.write(model)
    }
    if let picture {
      try picture.append(
        Array(ConfusionChart(evaluation, answers.labels.names, faces: report.faces).file.utf8))
      try picture.commit()
    }
    if let page {
      let measured = MeasuredFaces(
        answers.logits, of: answers.faces, from: arguments.string("--data") ?? "", as: answers.labels,
        size: arguments.has("--no-faces") ? nil : scored.plan.preprocessing.resized)
      let words = EvaluationPage(
        report: report, measured: measured, model: scored.model, data: arguments.string("--data") ?? "")
      try page.append(try words.bytes())
      try page.commit()
    }
    if let table {
      let predictions = Predictions(
        answers.logits, of: answers.faces, from: arguments.string("--data") ?? "", labels: answers.labels,
        model: try Predictions.identity(of: scored.path))
      try table.append(Array(predictions.csv.utf8))
      try table.commit()
    }
    return scored.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }
}
