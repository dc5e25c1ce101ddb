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
  let views: TestTimeAugmentation
  let precision: Precision

  private var crops: String {
    switch views {
    case .none: "one centre crop"
    case .flip: "centre crop and its mirror image, mean of the logits"
    case .ten: "ten crops, mean of the logits"
    }
  }

  var json: String {
    func scores(_ scores: Evaluation.Scores) -> JSONValue {
      .members(
        ("precision", .double(scores.precision)), ("recall", .double(scores.recall)),
        ("f1", .double(scores.f1)), ("support", .int(scores.support)))
    }
    return JSONValue.members(
      ("network", .string(network)), ("split", .string(split)), ("protocol", .string(rule)),
      ("crops", .string(crops)), ("runtime_precision", .string(precision.rawValue)),
      ("n", .int(evaluation.count)), ("top1", .double(evaluation.top1)),
      ("top2", .double(evaluation.top2)), ("loss", .double(evaluation.loss)),
      ("ece", .double(evaluation.calibrationError)),
      ("interval95", .array([.double(evaluation.interval.low), .double(evaluation.interval.high)])),
      ("temperature", .double(Double(labels.temperature))),
      (
        "per_class",
        .object(
          labels.names.indices.filter { evaluation.perClass[$0].support > 0 }.map {
            .init(labels.names[$0], scores(evaluation.perClass[$0]))
          })
      ),
      ("macro", scores(evaluation.macro)), ("weighted", scores(evaluation.weighted)),
      ("confusion", .array(evaluation.confusion.map { .array($0.map { .int($0) }) }))
    ).rendered()
  }

  var text: String {
    func f(_ value: Double, _ places: Int = 2) -> String { String(format: "%.\(places)f", value) }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let e = evaluation
    let names = labels.names.map { $0.printable }
    var lines = [
      "\(network.printable) on \(e.count) faces, split \(split), \(crops)",
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
    return lines.joined(separator: "\n")
  }
}
