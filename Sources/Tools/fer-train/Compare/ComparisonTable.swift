import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// A comparison as text and as a file.
struct ComparisonTable {
  let comparison: Comparison

  // MARK: - For people

  var text: String {
    let rows = comparison.rows
    let reference = rows[comparison.reference]
    let head = ["seeds", "accuracy %", "95 % interval", "difference", "95 % interval", "p", "", ""]
    var cells = [head]
    for (row, difference) in zip(rows, comparison.differences) {
      cells.append(
        [
          "\(row.runs.count)", points(row.accuracy.mean), range(row.interval, points),
          difference.map { signed($0.mean) } ?? "",
          difference?.interval.map { range($0, signed) } ?? "", probability(difference?.corrected),
          difference?.verdict ?? "(compared with)", row.name.printable,
        ])
    }
    let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let lines = cells.map { row in
      let padded = row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column < 6 ? space + text : text + space
      }
      return padded.joined(separator: "  ").trimmingSuffix(" ")
    }
    return ([faces(reference)] + lines + notes).joined(separator: "\n")
  }

  /// What was compared on.
  private func faces(_ reference: ComparedRow) -> String {
    let counts = comparison.rows.flatMap { $0.answers.map { $0.count } }
    let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
    let count = least == most ? "\(most)" : "\(least) to \(most)"
    let isLast = comparison.weights == .last
    if let split = comparison.split {
      return "accuracy of \(count) faces, split \(split.printable)" + (isLast ? ", after the last epoch" : "")
    }
    return
      "accuracy of \(count) validation faces (\(reference.setting("validation.split").printable)), \(isLast ? "after the last epoch" : "which chose each run's best epoch")"
  }

  /// How the columns came about, as far as this table has such.
  private var notes: [String] {
    let differences = comparison.differences.compactMap { $0 }
    guard !differences.isEmpty else { return ["one setting: nothing to compare with"] }
    var lines = ["difference: in points, from \(comparison.rows[comparison.reference].name.printable)"]
    var tests: [String] = []
    let single = differences.compactMap { difference in
      if case .mcNemar(let test) = difference.test { test } else { nil }
    }
    if single.contains(where: { $0.method == .exact }) {
      tests.append("McNemar's exact test where fewer than \(McNemar.fewest) faces differ")
    }
    if single.contains(where: { $0.method == .chiSquared }) {
      tests.append("McNemar's test (chi-squared, corrected for continuity)")
    }
    let seeds = differences.contains { if case .seeds = $0.test { true } else { false } }
    if seeds { tests.append("Student's t of the differences seed by seed") }
    if !tests.isEmpty {
      let holm = differences.count { $0.probability != nil }
      lines.append(
        "p: \(tests.listed)" + (holm > 1 ? "; by Holm's correction for \(holm) comparisons" : ""))
    }
    if differences.contains(where: { $0.isReal == false }) {
      lines.append("noise: p is 0.05 or more; a difference of this size comes about by chance, too")
    }
    if differences.contains(where: { $0.probability == nil }) {
      lines.append("not tested: no seed in common, or the same difference with every seed")
    }
    return lines
  }

  private func points(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
  private func signed(_ share: Double) -> String { String(format: "%+.2f", 100 * share) }
  private func range(_ interval: (low: Double, high: Double), _ words: (Double) -> String) -> String {
    "\(words(interval.low)) to \(words(interval.high))"
  }

  private func probability(_ value: Double?) -> String {
    guard let value else { return "" }
    return value < 0.0001 ? "<0.0001" : String(format: "%.4f", value)
  }

  // MARK: - For programs

  private static let columns = [
    "name", "runs", "seeds", "faces", "accuracy", "deviation", "low", "high", "validation_accuracy",
    "difference",
    "difference_low", "difference_high", "only_this", "only_reference", "test", "p", "p_holm", "verdict",
    "folders",
  ]

  var csv: String {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    var lines = [Self.columns.joined(separator: ",")]
    for (row, difference) in zip(comparison.rows, comparison.differences) {
      var (own, other) = ("", "")
      if case .mcNemar(let test)? = difference?.test {
        (own, other) = ("\(test.firstOnly)", "\(test.secondOnly)")
      }
      lines.append(
        [
          row.name.csv, "\(row.runs.count)", row.runs.map { $0.seed }.joined(separator: " "),
          "\(row.answers[0].count)", number(row.accuracy.mean), number(row.accuracy.deviation),
          number(row.interval.low), number(row.interval.high), number(row.validation?.mean),
          number(difference?.mean), number(difference?.interval?.low), number(difference?.interval?.high),
          own, other, (difference?.test.words ?? "").csv, number(difference?.probability),
          number(difference?.corrected), difference?.verdict ?? "reference",
          row.runs.map { $0.path }.joined(separator: " ").csv,
        ].joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension String {
  /// Without this at its end, however often it stands there.
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    var text = self[...]
    while text.last == character { text.removeLast() }
    return String(text)
  }
}
