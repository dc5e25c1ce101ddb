import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// RUN/report.html: a run's settings, curves, figures and faces on one page.
struct RunReport {
  let record: RunRecord
  let options: FitOptions
  /// The faces of the run; nil where they are not at hand.
  let faces: TrainingFaces?
  /// What best.ferm says of the validation faces; nil where there are none that it was not trained on.
  let measured: MeasuredFaces?
  let workers: Workers

  /// The page's bytes.
  func bytes() throws(TrainError) -> [UInt8] {
    let name = record.path.split(separator: "/").last.map(String.init) ?? record.path
    let settings = RunSettings(record, options)
    var sections: [ReportPage.Section] = []
    let measuredSections = measured.map {
      MeasuredSections(faces: $0, words: charts.faces, kind: "Validation", rule: rule)
    }
    if let measuredSections {
      sections = measuredSections.figures
    } else {
      sections.append(.init(title: "Figures", body: "<p>\(unmeasured)</p>\n"))
    }
    let stages = options.settings.stages(
      done: record.state.history.count, finalFrom: record.state.finalFrom, own: options.preprocessing)
    let curves = charts.curves(record.state).inline
    sections.insert(
      .init(title: "Curves", body: "<div class=\"charts curves\">\(curves)</div>\n\(about(stages))"), at: 1)
    sections.append(.init(title: "Settings", body: settings.section))
    if let faces { sections.append(.init(title: "Faces by class", body: counts(faces))) }
    if let measuredSections { sections += try measuredSections.mistakes() }
    if let faces, !options.hidesFaces {
      sections.append(.init(title: "Augmentation", body: try augmentation(faces)))
    }
    sections.append(.init(title: "Time", body: RunTimes(record, options, faces).section))
    return ReportPage(title: "\(name): \(settings.network)", subtitle: subtitle, sections: sections)
      .bytes
  }

  private var subtitle: HTML {
    let state = record.state
    let begun: HTML = record.begun.map { "Begun \($0.date) by \($0.tool). " } ?? ""
    let isDone = state.isDone(options.settings)
    let length = options.settings.allEpochs
    let progress: HTML =
      isDone
      ? "\(state.epoch) epochs, complete." : "\(state.epoch) of \(length) epochs: the run is not complete."
    return "<p class=\"faint\">\(begun)\(progress)</p>\n"
  }

  // MARK: - What was measured

  private var validationName: String { record.state.setting("validation.split") ?? "none" }

  private var charts: RunCharts {
    RunCharts(
      settings: options.settings, preprocessing: options.preprocessing, classes: record.best.labels.names,
      validationName: validationName)
  }

  private var rule: HTML {
    let state = record.state
    return """
      <p>best.ferm is epoch \(state.best.epoch) of \(state.epoch): of all epochs the one with the highest accuracy on these faces, which did \
      not train. As they chose it, these figures are a little too good for new faces: fer-train eval --split measures it on faces that chose \
      nothing.</p>

      """
  }

  private var unmeasured: HTML {
    if options.settings.final.takesValidation, record.state.finalFrom != nil {
      return
        "The final stage trained on the validation faces, too (--final-on all), so nothing is left here that best.ferm has not seen: fer-train eval measures it on another split."
    }
    if validationName == "none" {
      return
        "Nothing was validated: best.ferm is that of epoch \(record.state.best.epoch), the last. fer-train eval measures it."
    }
    return
      "The faces of the run were not at hand, so this page has no figures by class and no faces; fer-train report --data names where they are."
  }

  private func about(_ stages: [CurveStage]) -> HTML {
    var notes: [HTML] = [
      "Training figures are those of the faces as they were seen, varied and with dropout; validation is without."
    ]
    if stages.contains(where: { $0.isSize }) {
      notes.append(" Dotted lines mark another size of the crops.")
    }
    if stages.contains(where: { $0.name == "calm" }) {
      notes.append(" Calm epochs are those without mixup, CutMix and blank rectangles.")
    }
    return "<p class=\"faint\">\(notes)</p>\n"
  }

  // MARK: - Faces

  private func counts(_ faces: TrainingFaces) -> HTML {
    func counts(_ set: FaceSet) -> [Int] {
      var counts = [Int](repeating: 0, count: faces.classes.count)
      for label in set.labels { counts[label] += 1 }
      return counts
    }
    let (train, validation) = (counts(faces.train), counts(faces.validation))
    let most = Double(max(train.max() ?? 0, 1))
    func share(_ count: Int, _ all: Int) -> HTML {
      "\(String(format: "%.1f", 100 * Double(count) / Double(max(all, 1))))"
    }
    let shown = faces.classes.indices.prefix(200)
    var rows = shown.map { label -> [HTML] in
      [
        "\(faces.classes[label])", "\(train[label])", share(train[label], faces.train.count),
        "\(validation[label])",
        share(validation[label], faces.validation.count),
        "<i class=\"bar\" style=\"width:\(String(format: "%.1f", 100 * Double(train[label]) / most))%\"></i>",
      ]
    }
    if shown.count < faces.classes.count {
      rows.append(["and \(faces.classes.count - shown.count) more", "", "", "", "", ""])
    }
    rows.append(["all", "\(faces.train.count)", "", "\(faces.validation.count)", "", ""])
    return
      "<div class=\"bars\">\(HTML.table(["class", "training", "%", "validation", "%", "training faces"], rows, words: [5]))</div>\n"
  }

  private func augmentation(_ faces: TrainingFaces) throws(TrainError) -> HTML {
    func note(_ probability: Double, _ what: String) -> String {
      guard probability > 0 else { return "" }
      return " In \(String(format: "%.0f", 100 * probability)) % of the steps \(what), which is not shown."
    }
    let settings = options.settings
    let mixing: HTML =
      "\(note(settings.mixup.probability, "faces are blended in pairs after that (mixup)") + note(settings.cutmix.probability, "faces get a rectangle of another after that (CutMix)"))"
    return """
      <p>A face of each class as it is, then as the network saw it in some epochs.\(mixing)</p>
      \(try AugmentedFaces(faces, options, workers).table())
      """
  }
}
