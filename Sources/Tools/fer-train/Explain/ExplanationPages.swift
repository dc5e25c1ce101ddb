import FermDrawing
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import FermTrain

/// Pages of labelled faces with what counts in them: by class, and mistakes.
struct ExplanationPages {
  private let scored: ScoredFaces
  private let explainer: FaceExplainer
  /// For each face the likeliest class and its probability.
  private let answers: [(label: Int, score: Float)]

  init(_ scored: ScoredFaces, _ explainer: FaceExplainer, _ workers: Workers) throws {
    (self.scored, self.explainer) = (scored, explainer)
    let logits = try TrainTool.naming(scored.path) { () throws(FormatError) in
      try Evaluation.logits(scored.plan, on: scored.faces, views: .none, threads: workers.count)
    }
    let classes = scored.plan.labels.names.count
    answers = (0..<scored.faces.count).map { face in
      let row = softmax(
        Array(logits[(face * classes)..<((face + 1) * classes)]), temperature: scored.plan.labels.temperature)
      let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
      return (best, row[best])
    }
  }

  /// Draws the pages.
  ///
  /// - Parameter write: takes each with its name, and gives its path.
  /// - Returns: the paths.
  func drawn(_ library: DrawingLibrary, _ write: (Image, String) throws -> String) throws -> [String] {
    let names = explainer.labels
    let (faces, split) = (scored.faces, scored.split)
    let right = answers.indices.filter { answers[$0].label == faces.labels[$0] }
    let wrong = answers.indices.filter { answers[$0].label != faces.labels[$0] }
    var pages: [String] = []
    for (name, title, places) in [
      ("classes.png", "Faces of \(split) that are right, the surest of each class", right),
      ("mistakes.png", "Faces of \(split) that are wrong, the surest of each class", wrong),
    ] {
      let groups = try names.indices.compactMap { label -> ExplanationGallery.Group? in
        let own = places.filter { faces.labels[$0] == label }
        let surest = own.sorted { (answers[$0].score, $1) > (answers[$1].score, $0) }
        guard !own.isEmpty else { return nil }
        return ExplanationGallery.Group(
          heading: "\(names[label]): \(own.count) of \(faces.labels.count { $0 == label })",
          faces: try surest.prefix(ExplanationGallery.mostFaces).map { place in
            try explainer.explained(faces.faces[place], truth: label, name: faces.names[place]).picture
          })
      }
      pages.append(try write(try ExplanationGallery.drawn(title, groups, library), name))
    }
    return pages
  }
}
