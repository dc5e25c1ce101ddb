import FermToolSupport
import FermTrain
import Foundation

/// The parts of a report that say how good a model is on some faces.
struct MeasuredSections {
  let faces: MeasuredFaces
  /// Whose faces these are and how they were looked at: `split public, one centre crop`.
  let words: String
  /// What these faces are: `Validation` or `Evaluation`.
  let kind: String
  /// What these faces were to the model.
  let rule: HTML
  private static let (worstFaces, pairs, facesOfPair) = (18, 6, 5)
  /// More rows nobody reads; the rarest good classes go.
  private static let mostClasses = 100

  /// Figures, confusion, classes and reliability.
  var figures: [ReportPage.Section] {
    let e = faces.evaluation
    let tiles: [(HTML, HTML)] = [
      (
        "\(one(e.top1)) %",
        "right; 95 % interval \(one(e.interval.low)) to \(one(e.interval.high))"
      ),
      ("\(one(e.macro.f1)) %", "macro F1"), ("\(one(e.top2)) %", "right among the two likeliest"),
      ("\(String(format: "%.4f", e.loss))", "loss"),
      ("\(String(format: "%.4f", e.calibrationError))", "ECE, \(e.bins.count) bins"),
      ("\(e.count)", "faces"),
    ]
    let figures: HTML = """
      <p>\(kind): \(words).</p>
      <div class="tiles">\(tiles.map { "<div><b>\($0)</b><span>\($1)</span></div>\n" as HTML })</div>
      \(rule)
      """
    var sections = [ReportPage.Section(title: "Figures", body: figures)]
    let isSmall = faces.classes.count <= ConfusionChart.mostOnPage
    let matrix: HTML =
      isSmall
      ? "<div class=\"matrix\">\(ConfusionChart(e, faces.classes, faces: words).inline)</div>\n"
      : "<p>\(faces.classes.count) classes are more than a matrix shows on a page; the pairs that were confused most follow below.</p>\n"
    sections.append(.init(title: "Confusion", body: matrix))
    sections.append(.init(title: "Classes", body: classes))
    sections.append(
      .init(
        title: "Reliability",
        body: """
          <div class="charts">\(ReliabilityChart(evaluation: e).inline)</div>
          <p class="faint">Where a bar ends on the dashed line, the model is right as often as it is sure. Whiskers are 95 % intervals.</p>

          """))
    return sections
  }

  private var classes: HTML {
    let e = faces.evaluation
    let present = faces.classes.indices.filter { e.perClass[$0].support > 0 }
    let shown = present.sorted { (e.perClass[$0].f1, $0) < (e.perClass[$1].f1, $1) }.prefix(Self.mostClasses)
    let rows = shown.sorted().map { label -> [HTML] in
      let scores = e.perClass[label]
      let given = e.confusion.reduce(0) { $0 + $1[label] }
      return [
        "\(faces.classes[label])", "\(scores.support)", share(scores.recall, of: scores.support),
        share(scores.precision, of: given), "\(one(scores.f1))",
      ]
    }
    let more: HTML =
      shown.count < present.count
      ? "<p>The \(shown.count) classes of the lowest F1, of \(present.count) that have faces.</p>\n" : ""
    let head: [HTML] = ["class", "faces", "recall, %", "precision, %", "F1, %"]
    return """
      \(more)\(HTML.table(head, rows))<p class="faint">In brackets 95 % intervals (Wilson). Mean over the classes: recall \(one(e.macro.recall)) %, \
      precision \(one(e.macro.precision)) %, F1 \(one(e.macro.f1)) %.</p>

      """
  }

  private func share(_ share: Double, of count: Int) -> HTML {
    guard count > 0 else { return "none said" }
    let interval = Evaluation.interval(of: share, count: count)
    return
      "\(one(share)) <span class=\"faint interval\">(\(one(interval.low)) to \(one(interval.high)))</span>"
  }

  // MARK: - Mistakes

  /// The faces of largest loss, and the pairs that were confused most; as words alone where there are no pictures.
  func mistakes() throws(TrainError) -> [ReportPage.Section] {
    let pairs = faces.confusedPairs(Self.pairs)
    guard !pairs.isEmpty else {
      return [.init(title: "Mistakes", body: "<p>There are none.</p>\n")]
    }
    var parts: [HTML] = []
    for (truth, said, wrong) in pairs {
      let count = faces.evaluation.perClass[truth].support
      parts.append(
        "<h3>\(faces.classes[truth]), said \(faces.classes[said]): \(wrong.count) of \(count)</h3>\n\(try gallery(wrong.prefix(Self.facesOfPair)))"
      )
    }
    let order = faces.pictures == nil ? "" : "; of each, those of which the model was surest"
    return [
      .init(
        title: "Faces of largest loss",
        body:
          "<p>Hard faces, and those whose label may be wrong.</p>\n\(try gallery(faces.worst(Self.worstFaces)[...]))"
      ),
      .init(
        title: "Most confused pairs",
        body: "<p>What was taken for what, the most frequent first\(order).</p>\n\(parts)"),
    ]
  }

  private func gallery(_ shown: ArraySlice<Int>) throws(TrainError) -> HTML {
    guard let pictures = faces.pictures else {
      let rows = shown.map { face -> [HTML] in
        ["\(faces.name(face))", "\(faces.classes[faces.truth(face)])", answer(face), loss(face)]
      }
      return HTML.table(["face", "truth", "said", "loss"], rows, words: [1, 2])
    }
    var figures: [HTML] = []
    for face in shown {
      let truth = faces.classes[faces.truth(face)]
      let image = try FacePicture.of(pictures.set.faces[face], pictures.size, "\(truth), \(faces.name(face))")
      figures.append(
        """
        <figure>\(image)<figcaption>\(truth), said <b>\(answer(face))</b>, loss \(loss(face))<br/>\
        <span class="faint">\(faces.name(face))</span></figcaption></figure>

        """)
    }
    return "<div class=\"faces\">\n\(figures)</div>\n"
  }

  private func answer(_ face: Int) -> HTML {
    let said = faces.said(face)
    return "\(faces.classes[said]) \(String(format: "%.0f", 100 * faces.confidence(face))) %"
  }

  private func loss(_ face: Int) -> HTML { "\(String(format: "%.2f", faces.loss(face)))" }

  private func one(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
}
