internal import Foundation

extension Evaluation {
  /// Precision, recall, F1 and support by class and on average, in the layout of scikit-learn's
  /// `classification_report`; classes without faces have no row.
  public func classificationReport(_ names: [String]) -> String {
    let width = max(names.map { $0.count }.max() ?? 0, "weighted avg".count)
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func row(_ name: String, _ cells: [String]) -> String {
      right(name, width) + " " + cells.map { " " + right($0, 9) }.joined()
    }
    func two(_ value: Double) -> String { String(format: "%.2f", value) }
    func scores(_ name: String, _ s: Scores) -> String {
      row(name, [two(s.precision), two(s.recall), two(s.f1), "\(s.support)"])
    }
    var lines = [row("", ["precision", "recall", "f1-score", "support"]), ""]
    for (name, s) in zip(names, perClass) where s.support > 0 { lines.append(scores(name, s)) }
    lines += [
      "", row("accuracy", ["", "", two(top1), "\(count)"]), scores("macro avg", macro),
      scores("weighted avg", weighted),
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
