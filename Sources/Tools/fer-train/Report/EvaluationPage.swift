import FermFormat
import FermToolSupport
import FermTrain
import Foundation

/// What `fer-train eval --html` writes: how good a model is on some faces, on one page.
struct EvaluationPage {
  let report: EvaluationReport
  let measured: MeasuredFaces
  let model: Model
  let data: String

  /// The page's bytes.
  func bytes() throws(TrainError) -> [UInt8] {
    let sections = MeasuredSections(
      faces: measured, words: report.faces, kind: "Evaluation", rule: "<p>\(report.rule)</p>\n")
    let settings = ReportPage.Section(title: "Model", body: settings)
    return ReportPage(
      title: "\(model.name) on \(report.split)", subtitle: "<p class=\"faint\">\(data)</p>\n",
      sections: sections.figures + groups + framings + [settings] + (try sections.mistakes())
    ).bytes
  }

  private var groups: [ReportPage.Section] {
    func one(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
    return (report.groups?.groupings ?? []).map { grouping in
      let rows = grouping.groups.map { group -> [HTML] in
        let e = group.evaluation
        return [
          "\(group.value ?? "(not said)")", "\(e.count)",
          "\(one(e.top1)) <span class=\"faint interval\">(\(one(e.interval.low)) to \(one(e.interval.high)))</span>",
          "\(one(e.macro.recall))", group.isSmall ? "too few faces to tell" : "",
        ]
      }
      return ReportPage.Section(
        title: "By \(grouping.name)",
        body: HTML.table(["group", "faces", "right, %", "mean recall, %", ""], rows, words: [4]))
    }
  }

  private var framings: [ReportPage.Section] {
    func one(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
    guard let rows = report.framings?.rows else { return [] }
    let cells = rows.map { row -> [HTML] in
      let (e, change) = (row.evaluation, row.change)
      return [
        "\(row.words)",
        "\(one(e.top1)) <span class=\"faint interval\">(\(one(e.interval.low)) to \(one(e.interval.high)))</span>",
        "\(String(format: "%+.1f", 100 * change.difference)) <span class=\"faint interval\">(\(one(change.interval.low)) to \(one(change.interval.high)))</span>",
      ]
    }
    return [
      ReportPage.Section(
        title: "In other framings",
        body: HTML.table(["faces", "right, %", "change, points"], cells, words: []))
    ]
  }

  private var settings: HTML {
    let entries = model.provenance.entries.filter { !$0.key.hasPrefix("eval.") }
    let rows = entries.map { entry -> [HTML] in ["\(entry.key)", "\(entry.value.text)"] }
    return """
      \(HTML.facts([
        ("network", "\(model.name)"), ("parameters", "\(model.trainedParameters)"),
        ("classes", "\(model.labels.names.joined(separator: ", "))"),
        ("temperature", "\(Double(model.labels.temperature).short)"),
      ]))<h3>What the file says of its making</h3>
      \(rows.isEmpty ? "<p>Nothing.</p>\n" : HTML.table(["", ""], rows, words: [1]))
      """
  }
}
