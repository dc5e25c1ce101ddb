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
      flags: ["--json", "--skip-bad", "--drop-duplicates"], foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    guard arguments.positional.count == 1, arguments.string("--data") != nil else {
      throw UsageError("eval wants one model and --data.")
    }
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let scored = try ScoredFaces(arguments, arguments.positional[0], workers)
    let views =
      try arguments.choice("--tta", of: TestTimeAugmentation.allCases.map { $0.name })
      .flatMap { name in TestTimeAugmentation.allCases.first { $0.name == name } } ?? .none
    let evaluation = try TrainTool.naming(scored.path) { () throws(FormatError) in
      try Evaluation(scored.plan, on: scored.faces, views: views, threads: workers.count)
    }
    let report = EvaluationReport(
      evaluation: evaluation, network: scored.plan.name, labels: scored.plan.labels,
      split: scored.split, rule: scored.rule, views: views)
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
