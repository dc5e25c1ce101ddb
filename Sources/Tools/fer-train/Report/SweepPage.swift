import FermToolSupport
import FermTrain
import Foundation

/// A sweep on one page: settings by accuracy, their curves over each other, and every run with a link to its own page.
struct SweepPage {
  let folder: SweepFolder
  /// Whether the page lies in the sweep's folder, from where links lead to the runs.
  let isInFolder: Bool

  /// The page's bytes.
  func bytes() throws(TrainError) -> [UInt8] {
    let name = folder.path.split(separator: "/").last.map(String.init) ?? folder.path
    let table = SweepTable(folder)
    let states = [SweepRun.State.finished, .diverged, .failed, .unfinished].compactMap { state -> String? in
      let count = folder.runs.count { $0.state == state }
      return count > 0 ? "\(count) \(state.rawValue)" : nil
    }
    return ReportPage(
      title: "\(name): \(folder.keys.joined(separator: ", "))",
      subtitle: "<p class=\"faint\">\(folder.runs.count) runs: \(states.joined(separator: ", "))</p>\n",
      sections: [
        .init(title: "Settings", body: settings(table)), .init(title: "Curves", body: try curves(table)),
        .init(title: "Runs", body: runs),
        .init(
          title: "Command",
          body:
            "<pre>fer-train sweep \(folder.document.command.map { $0.shell }.joined(separator: " "))</pre>\n"),
      ]
    ).bytes
  }

  // MARK: - Settings

  private func settings(_ table: SweepTable) -> HTML {
    let isHalved = table.rows.contains { $0.epochs != nil }
    var head: [HTML] = folder.keys.map { "\($0)" }
    if isHalved { head.append("epochs") }
    head += ["runs", "accuracy, %", "deviation", "95 % interval"]
    let someLost = folder.runs.contains { $0.state == .diverged || $0.state == .failed }
    if someLost { head.append("lost") }
    let rows = table.rows.map { row -> [HTML] in
      var cells: [HTML] = folder.keys.map { "\(row.settings[$0] ?? "")" }
      if isHalved { cells.append("\(row.epochs ?? 0)") }
      cells.append("\(row.spread?.count ?? 0)")
      for share in [row.spread?.mean, row.spread?.deviation] {
        cells.append(share.map { "\(Self.percent($0))" } ?? "-")
      }
      cells.append(row.interval.map { "\(Self.percent($0.low)) to \(Self.percent($0.high))" } ?? "-")
      if someLost { cells.append("\(row.count(.diverged) + row.count(.failed))") }
      return cells
    }
    let interval: HTML =
      folder.seeds.count > 1
      ? "Best validation accuracy: mean and standard deviation over seeds, and the mean's 95 % interval (Student's t)."
      : "Best validation accuracy of one run, with Wilson's 95 % interval, which is that of the faces: another seed may differ by more."
    return """
      \(HTML.table(head, rows, words: Set(folder.keys.indices)))<p class="faint">\(interval) The accuracy is that of each run's best epoch on the \
      faces that chose it.</p>

      """
  }

  private func curves(_ table: SweepTable) throws(TrainError) -> HTML {
    var curves: [OverlaidCurves.Curve] = []
    for row in table.rows where row.spread != nil {
      var histories: [[TrainingState.HistoryRow]] = []
      for run in row.runs where run.state == .finished {
        histories.append(try RunFolder.last(of: folder.path(of: run)).state.history)
      }
      let name = folder.keys.map { "\($0) \(row.settings[$0] ?? "")" }.joined(separator: ", ")
      curves.append(
        OverlaidCurves.Curve(
          name: name, accuracy: histories.map { $0.map { $0.validationAccuracy } },
          loss: histories.map { $0.map { $0.validationLoss } }))
    }
    guard !curves.isEmpty else { return "<p>No run has come to its end.</p>\n" }
    return """
      <div class="matrix">\(OverlaidCurves(curves).inline)</div>
      <p class="faint">Means over the seeds, with a band of one standard deviation to each side.</p>

      """
  }

  // MARK: - Runs

  private var runs: HTML {
    let head: [HTML] = ["run", "seed", "state", "best epoch", "accuracy, %", "95 % interval", "loss"]
    let rows = folder.runs.map { run -> [HTML] in
      let reason = run.reason.map { ": \($0)" } ?? ""
      let cells: [HTML] = [link(run), "\(run.seed)", "\(run.state.rawValue)\(reason)"]
      guard let f = run.figures else { return cells + ["", "", "", ""] }
      return cells + [
        "\(f.epoch)", "\(Self.percent(f.accuracy))",
        "\(Self.percent(f.low)) to \(Self.percent(f.high))", "\(String(format: "%.4f", f.loss))",
      ]
    }
    return HTML.table(head, rows, words: [2])
  }

  private func link(_ run: SweepRun) -> HTML {
    guard isInFolder, FileSystem.isFile("\(folder.path(of: run))/report.html"),
      let place = "runs/\(run.name)/report.html".addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
    else { return "\(run.name)" }
    return "<a class=\"run\" href=\"\(place)\">\(run.name)</a>"
  }

  private static func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
}
