import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train eval`: how good a model is on a split.
enum EvalCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--data", "--split", "--threads", "--limit"], flags: ["--json"])
    if TrainTool.answered(arguments) { return ExitStatus.success }
    guard arguments.positional.count == 1, let data = arguments.string("--data") else {
      throw UsageError("eval wants one model and --data.")
    }
    let path = arguments.positional[0]
    let model = try TrainTool.naming(path) { () throws(FormatError) in try ModelFile(path: path).loadModel() }
    let plan = try TrainTool.naming(path) { () throws(FormatError) in try Plan(model) }
    let folder = try FaceFolder(path: data)
    guard folder.classes == plan.labels.names else {
      throw TrainError.data(
        "\(data): its classes are \(folder.classes.joined(separator: ", ")), and the model's are \(plan.labels.names.joined(separator: ", "))."
      )
    }
    let splits = ["public", "private", "train", "val", "test", "all"]
    let split =
      try arguments.choice("--split", of: splits) ?? splits.first { folder.splits[$0] != nil } ?? "train"
    let names = split == "all" ? folder.splits.keys.sorted() : [split]
    let found = names.flatMap { folder.splits[$0] ?? [] }
    guard !found.isEmpty else { throw TrainError.data("\(data): there are no faces of the split \(split).") }
    let files = FaceFolder.sample(
      found, limit: try arguments.integer("--limit", in: 1...Int.max) ?? 0, seed: 0)
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let set = try FaceSet(
      files, decoder: FileDecoder(), preprocessor: Preprocessor(plan.preprocessing), workers: workers)
    let evaluation = try TrainTool.naming(path) { () throws(FormatError) in
      try Evaluation(plan, on: set, threads: workers.count)
    }
    let rule = protocolName(split, model.provenance)
    print(
      arguments.has("--json") ? json(evaluation, plan, split, rule) : report(evaluation, plan, split, rule))
    return ExitStatus.success
  }

  /// What the split was to the model, as far as its file says.
  private static func protocolName(_ split: String, _ provenance: Provenance) -> String {
    guard case .string(let chosen)? = provenance["validation.split"] else {
      return "\(split); the file does not say what the model was trained and chosen on"
    }
    return "trained on train, chosen on \(chosen); this is \(split)"
  }

  private static func json(_ evaluation: Evaluation, _ plan: Plan, _ split: String, _ rule: String) -> String
  {
    func scores(_ scores: Evaluation.Scores) -> JSONValue {
      .members(
        ("precision", .double(scores.precision)), ("recall", .double(scores.recall)),
        ("f1", .double(scores.f1)),
        ("support", .int(scores.support)))
    }
    return JSONValue.members(
      ("network", .string(plan.name)), ("split", .string(split)), ("protocol", .string(rule)),
      ("crops", .string("one centre crop")), ("n", .int(evaluation.count)),
      ("top1", .double(evaluation.top1)),
      ("top2", .double(evaluation.top2)), ("loss", .double(evaluation.loss)),
      ("ece", .double(evaluation.calibrationError)),
      ("interval95", .array([.double(evaluation.interval.low), .double(evaluation.interval.high)])),
      (
        "per_class",
        .object(
          plan.labels.names.indices.map { .init(plan.labels.names[$0], scores(evaluation.perClass[$0])) })
      ),
      ("macro", scores(evaluation.macro)), ("weighted", scores(evaluation.weighted)),
      ("confusion", .array(evaluation.confusion.map { .array($0.map { .int($0) }) }))
    ).rendered()
  }

  private static func report(_ evaluation: Evaluation, _ plan: Plan, _ split: String, _ rule: String)
    -> String
  {
    func f(_ value: Double, _ places: Int = 2) -> String { String(format: "%.\(places)f", value) }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func row(_ name: String, _ s: Evaluation.Scores) -> String {
      right(name, 14) + right(f(s.precision), 11) + right(f(s.recall), 10) + right(f(s.f1), 10)
        + right("\(s.support)", 10)
    }
    var lines = [
      "\(plan.name) on \(evaluation.count) faces, split \(split), one centre crop",
      "  protocol   \(rule)",
      "  top-1      \(f(100 * evaluation.top1)) %  (95 % interval \(f(100 * evaluation.interval.low)) to \(f(100 * evaluation.interval.high)))",
      "  top-2      \(f(100 * evaluation.top2)) %",
      "  loss       \(f(evaluation.loss, 4))",
      "  ECE        \(f(evaluation.calibrationError, 4))",
      "", right("", 14) + "  precision    recall  f1-score   support",
    ]
    for (i, name) in plan.labels.names.enumerated() { lines.append(row(name, evaluation.perClass[i])) }
    lines += [
      "", row("macro avg", evaluation.macro), row("weighted avg", evaluation.weighted), "",
      "  confusion (rows = truth)",
    ]
    for (i, name) in plan.labels.names.enumerated() {
      lines.append(right(name, 14) + evaluation.confusion[i].map { right("\($0)", 6) }.joined())
    }
    return lines.joined(separator: "\n")
  }
}
