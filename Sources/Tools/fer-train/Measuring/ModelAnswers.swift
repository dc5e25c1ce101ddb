import FermFormat
import FermRuntime
import FermTrain

/// What a model says of faces, by the classes that are told apart.
struct ModelAnswers {
  let faces: FaceSet
  /// The classes, and what the logits are divided by.
  let labels: LabelSet
  /// `[N, classes]`.
  let logits: [Float]

  /// Runs the model on every face.
  init(
    _ scored: ScoredFaces, views: TestTimeAugmentation, precision: Precision, threads: Int
  ) throws(TrainError) {
    let own = try TrainTool.naming(scored.path) { () throws(FormatError) in
      try Evaluation.logits(
        scored.plan, on: scored.faces, views: views, threads: threads, precision: precision)
    }
    faces = scored.faces
    var labels = scored.plan.labels
    logits = scored.answers?.logits(own, temperature: labels.temperature) ?? own
    labels.names = scored.answers?.names ?? labels.names
    self.labels = labels
  }

  /// How good the model is on all of them.
  var evaluation: Evaluation {
    Evaluation(
      logits: logits, labels: faces.labels, classes: labels.names.count, temperature: labels.temperature)
  }

  /// How good it is on those at some places.
  func evaluation(of places: [Int]) -> Evaluation {
    let classes = labels.names.count
    return Evaluation(
      logits: places.flatMap { logits[($0 * classes)..<(($0 + 1) * classes)] },
      labels: places.map { faces.labels[$0] }, classes: classes, temperature: labels.temperature)
  }
}
