import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// An evaluation as text and as JSON, with split, protocol and crops named.
struct EvaluationReport {
  let evaluation: Evaluation
  let network: String
  let labels: LabelSet
  let split: String
  let rule: String
  let classes: ClassOptions
  let views: TestTimeAugmentation
  let precision: Precision
  let groups: GroupScores?
  let framings: FramingScores?

  /// Which faces these are, and how they were looked at.
  var faces: String {
    "split \(split), \(views.words)" + (precision == .exact ? "" : ", products \(precision)")
  }

  var json: String {
    func scores(_ scores: Evaluation.Scores) -> JSONValue {
      .members(
        ("precision", .double(scores.precision)), ("recall", .double(scores.recall)),
        ("f1", .double(scores.f1)), ("support", .int(scores.support)))
    }
    let interval = evaluation.interval
    let members: [JSONValue.Member] =
      [
        .init("network", .string(network)), .init("split", .string(split)), .init("protocol", .string(rule)),
        .init("crops", .string(views.words)), .init("runtime_precision", .string(precision.rawValue)),
        .init("n", .int(evaluation.count)), .init("top1", .double(evaluation.top1)),
        .init("top2", .double(evaluation.top2)), .init("loss", .double(evaluation.loss)),
        .init("ece", .double(evaluation.calibrationError)),
        .init("interval95", .array([.double(interval.low), .double(interval.high)])),
        .init("temperature", .double(Double(labels.temperature))),
        .init(
          "per_class",
          .object(
            labels.names.indices.filter { evaluation.perClass[$0].support > 0 }.map {
              .init(labels.names[$0], scores(evaluation.perClass[$0]))
            })),
        .init("macro", scores(evaluation.macro)), .init("weighted", scores(evaluation.weighted)),
        .init("confusion", .array(evaluation.confusion.map { .array($0.map { .int($0) }) })),
      ] + classes.members
    return JSONValue.object(members + [groups?.member, framings?.member].compactMap { $0 }).rendered()
  }

  var text: String {
    func f(_ value: Double, _ places: Int = 2) -> String { String(format: "%.\(places)f", value) }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let e = evaluation
    let names = labels.names.map { $0.printable }
    var lines = [
      "\(network.printable) on \(e.count) faces, split \(split), \(views.words)",
      "  protocol   \(rule.printable)",
      "  top-1      \(f(100 * e.top1)) %  (95 % interval \(f(100 * e.interval.low)) to \(f(100 * e.interval.high)))",
      "  top-2      \(f(100 * e.top2)) %",
      "  loss       \(f(e.loss, 4))",
      "  ECE        \(f(e.calibrationError, 4))  (15 bins, temperature \(f(Double(labels.temperature), 3)))",
      "", e.classificationReport(names), "confusion (rows = truth, columns = said)",
    ]
    if precision != .exact { lines.insert("  products   \(precision)", at: 2) }
    let width = max(12, names.map { $0.count }.max() ?? 0)
    let cell = max(6, (names.map { $0.count }.max() ?? 0) + 1)
    lines.append(right("", width) + names.map { right($0, cell) }.joined())
    for (i, name) in names.enumerated() where e.perClass[i].support > 0 {
      lines.append(right(name, width) + e.confusion[i].map { right("\($0)", cell) }.joined())
    }
    for text in [groups?.text, framings?.text].compactMap({ $0 }) { lines += ["", text] }
    return lines.joined(separator: "\n")
  }
}
