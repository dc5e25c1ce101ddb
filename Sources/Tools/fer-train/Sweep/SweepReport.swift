import FermFiles
import FermToolSupport
import FermTrain
import Foundation
import Glibc

/// A sweep's table for people, with what it says and what it does not.
struct SweepReport {
  private let folder: SweepFolder
  private let table: SweepTable
  private let plan: SweepPlan

  init(_ folder: SweepFolder, _ plan: SweepPlan) {
    (self.folder, self.plan) = (folder, plan)
    table = SweepTable(folder)
  }

  static func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

  /// The table, at most as wide as the terminal, and the sentences below it.
  func text(width: Int = Self.terminalWidth) -> String {
    ([lines(width: width).joined(separator: "\n"), "", interval] + verdict).joined(separator: "\n")
  }

  // MARK: - The table

  private func lines(width: Int) -> [String] {
    let isHalved = table.rows.contains { $0.epochs != nil }
    let loses = table.rows.contains { $0.isUnsteady }
    let head =
      folder.keys + (isHalved ? ["epochs"] : []) + ["runs", "accuracy %", "95 % interval"]
      + (loses ? ["lost"] : [])
    var cells = [head]
    for row in table.rows {
      let mean = row.spread.map { Self.percent($0.mean) } ?? "-"
      let deviation = row.spread?.deviation.map { " ± \(Self.percent($0))" } ?? ""
      let interval = row.interval.map { "\(Self.percent($0.low)) to \(Self.percent($0.high))" } ?? ""
      let lost = [SweepRun.State.diverged, .failed].compactMap { state in
        row.count(state) > 0 ? "\(row.count(state)) \(state.rawValue)" : nil
      }
      cells.append(
        folder.keys.map { (row.settings[$0] ?? "").printable } + (isHalved ? ["\(row.epochs ?? 0)"] : [])
          + ["\(row.spread?.count ?? 0)", mean + deviation, interval]
          + (loses ? [lost.joined(separator: ", ")] : []))
    }
    let widths = Self.fitted(
      head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }, into: width,
      shrinking: folder.keys.count)
    return cells.map { row in
      let padded = zip(row, widths).map { text, width in
        text.count > width
          ? text.prefix(width - 1) + "…" : text + String(repeating: " ", count: width - text.count)
      }
      return padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }
  }

  /// Widths of columns that fit a line together, if they can: the widest of the settings become narrower.
  private static func fitted(_ widths: [Int], into width: Int, shrinking count: Int) -> [Int] {
    var widths = widths
    while widths.reduce(2 * (widths.count - 1), +) > width,
      let widest = (0..<count).max(by: { widths[$0] < widths[$1] }), widths[widest] > 6
    {
      widths[widest] -= 1
    }
    return widths
  }

  /// Columns of the terminal; 80 where there is none.
  private static var terminalWidth: Int {
    var size = winsize()
    return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }

  // MARK: - What it says

  private var interval: String {
    folder.seeds.count > 1
      ? "Best validation accuracy: mean and standard deviation over seeds, and the mean's 95 % interval (Student's t)."
      : "Best validation accuracy of one run, with Wilson's 95 % interval; --seeds 3 shows how much seeds differ."
  }

  private var verdict: [String] {
    guard let best = table.rows.first, best.spread != nil,
      let setting = plan.combinations.first(where: { $0.values == best.settings })
    else { return ["No run came to its end."] }
    var lines: [String] = []
    if table.rows.count > 1, table.rows[1].spread != nil { lines.append(difference(best, table.rows[1])) }
    // Where settings are halved, the last round has the whole length.
    let words = plan.words(of: setting, seed: folder.seeds[0], epochs: best.epochs)
    let command = (["fer-train"] + words + ["--out", "\(folder.path)/best"]).map { $0.shell }
    return lines + ["best: \(setting.title.printable)", "  " + command.joined(separator: " ")]
  }

  /// Whether the best is told apart from the second, seed by seed.
  private func difference(_ best: SweepTable.Row, _ second: SweepTable.Row) -> String {
    let others = Dictionary(
      second.runs.compactMap { run in run.figures.map { (run.seed, $0.accuracy) } },
      uniquingKeysWith: { first, _ in first })
    let pairs = best.runs.compactMap { run in
      run.figures.flatMap { own in others[run.seed].map { own.accuracy - $0 } }
    }
    let compare = "fer-train compare \(folder.path.shell) tests face by face"
    guard best.epochs == second.epochs, let spread = Spread(pairs), let interval = spread.interval else {
      return "Nothing here tells whether the best is better than the second; \(compare)."
    }
    func points(_ value: Double) -> String { String(format: "%.2f", 100 * value) }
    let figures =
      "\(points(spread.mean)) points over \(spread.count) seeds, 95 % interval \(points(interval.low)) to \(points(interval.high))"
    return interval.low > 0
      ? "The best is better than the second by \(figures)."
      : "The best and the second are not told apart: \(figures); \(compare)."
  }
}
