import FermToolSupport
import FermTrain
import Foundation

/// What a sweep came to: a row for each setting, the best first.
struct SweepTable {
  /// A setting with the figures of its runs.
  struct Row {
    let settings: [String: String]
    /// The runs, one for each seed.
    let runs: [SweepRun]

    init(_ runs: [SweepRun]) { (settings, self.runs) = (runs[0].settings, runs) }

    /// The finished runs' accuracies; nil where there is none.
    var spread: Spread? { Spread(runs.compactMap { $0.figures?.accuracy }) }
    /// The 95 % interval: of the mean over seeds, as far as a share can be, or Wilson's of the faces where there is one run.
    var interval: (low: Double, high: Double)? {
      spread?.intervalOfShare
        ?? runs.compactMap { $0.figures }.first.map { ($0.low, $0.high) }
    }
    /// The length in epochs, where settings are halved.
    var epochs: Int? { runs[0].epochs }

    func count(_ state: SweepRun.State) -> Int { runs.filter { $0.state == state }.count }
    /// Whether it did not come to an end every time.
    var isUnsteady: Bool { count(.diverged) + count(.failed) > 0 }
  }

  let keys: [String]
  let rows: [Row]

  /// - Parameter runs: where settings are halved, of all rounds; of each setting, those of its last count.
  init(_ folder: SweepFolder) { self.init(folder.runs, keys: folder.keys) }

  init(_ runs: [SweepRun], keys: [String]) {
    self.keys = keys
    let rounds = Dictionary(grouping: runs) { $0.round ?? 0 }
    var seen: Set<[String: String]> = []
    rows = rounds.keys.sorted(by: >).flatMap { round in
      Self.sorted((rounds[round] ?? []).filter { !seen.contains($0.settings) }, keys: keys).map { row in
        seen.insert(row.settings)
        return row
      }
    }
  }

  /// The runs of one round by setting: by mean accuracy, those behind of which a run diverged or failed.
  static func sorted(_ runs: [SweepRun], keys: [String]) -> [Row] {
    var (order, seen) = ([[String: String]](), Set<[String: String]>())
    for run in runs where seen.insert(run.settings).inserted { order.append(run.settings) }
    let groups = Dictionary(grouping: runs) { $0.settings }
    let rows = order.compactMap { groups[$0].map { Row($0) } }
    return rows.enumerated().sorted { a, b in
      if a.element.isUnsteady != b.element.isUnsteady { return b.element.isUnsteady }
      let (one, other) = (a.element.spread?.mean ?? -1, b.element.spread?.mean ?? -1)
      return one != other ? one > other : a.offset < b.offset
    }.map { $0.element }
  }

  // MARK: - Files

  /// table.csv: a row for each setting.
  var csv: String {
    let isHalved = rows.contains { $0.epochs != nil }
    var lines = [
      keys.map { $0.csv } + (isHalved ? ["epochs"] : [])
        + [
          "finished", "diverged", "failed", "unfinished", "mean", "deviation", "low", "high", "interval_over",
        ]
    ]
    for row in rows {
      func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
      let kind = row.spread.map { $0.count > 1 ? "seeds" : "faces" }
      let counts = [SweepRun.State.finished, .diverged, .failed, .unfinished].map { "\(row.count($0))" }
      lines.append(
        keys.map { (row.settings[$0] ?? "").csv } + (isHalved ? [row.epochs.map { "\($0)" } ?? ""] : [])
          + counts
          + [
            text(row.spread?.mean), text(row.spread?.deviation), text(row.interval?.low),
            text(row.interval?.high), kind ?? "",
          ])
    }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// runs.csv: a row for each run, in the order in which they are trained.
  static func csv(of folder: SweepFolder) -> String {
    let isHalved = folder.runs.contains { $0.epochs != nil }
    var lines = [
      ["run"] + folder.keys.map { $0.csv } + (isHalved ? ["epochs"] : [])
        + ["seed", "state", "best_epoch", "val_accuracy", "low", "high", "val_loss", "val_faces", "reason"]
    ]
    for run in folder.runs {
      let figures = run.figures.map {
        ["\($0.epoch)", "\($0.accuracy)", "\($0.low)", "\($0.high)", "\($0.loss)", "\($0.faces)"]
      }
      lines.append(
        [run.name.csv] + folder.keys.map { (run.settings[$0] ?? "").csv }
          + (isHalved ? [run.epochs.map { "\($0)" } ?? ""] : []) + ["\(run.seed)", run.state.rawValue]
          + (figures ?? [String](repeating: "", count: 6)) + [(run.reason ?? "").csv])
    }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }
}
