import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// Which faces a run's weights have right.
struct Answers {
  /// A face wherever it lies: its picture, what it is, and which of several that are alike.
  struct Face: Hashable {
    let picture: String
    let truth: String
    let copy: Int
  }

  let classes: [String]
  let right: [Face: Bool]

  var count: Int { right.count }
  var accuracy: Double { Double(right.values.count { $0 }) / Double(max(count, 1)) }

  init(_ predictions: Predictions) {
    classes = predictions.classes
    var (right, copies) = ([Face: Bool](), [Face: Int]())
    for face in predictions.faces {
      let truth = predictions.classes[face.truth]
      let first = Face(picture: face.picture, truth: truth, copy: 0)
      let copy = copies[first, default: 0]
      copies[first] = copy + 1
      right[Face(picture: face.picture, truth: truth, copy: copy)] = face.isRight
    }
    self.right = right
  }

  /// What two runs had right, face by face; nil where their faces differ.
  func paired(with other: Answers) -> McNemar? {
    guard count == other.count else { return nil }
    var (first, second) = (0, 0)
    for (face, isRight) in right {
      guard let otherIsRight = other.right[face] else { return nil }
      if isRight, !otherIsRight { first += 1 }
      if !isRight, otherIsRight { second += 1 }
    }
    return McNemar(count: count, firstOnly: first, secondOnly: second)
  }
}

// MARK: - Where they come from

extension Answers {
  /// What a run says of its own validation faces. Of its best weights by predictions.csv, or where that is missing, cannot be read or
  /// belongs to another best.ferm, by best.ferm itself.
  init(own run: ComparedRun, _ weights: ComparedRun.Weights, _ workers: Workers) throws {
    let (data, split) = try run.ownFaces()
    let file = "\(run.path)/predictions.csv"
    var reason = "there is no predictions.csv"
    if weights == .best, FileSystem.isFile(file) {
      do throws(TrainError) {
        let kept = try Predictions(path: file)
        if kept.model == (try Predictions.identity(of: try ModelPath.resolved(run.path))) {
          self.init(kept)
          return
        }
        reason = "predictions.csv is another model's"
      } catch { reason = error.description }
    }
    if weights == .best {
      narrate("\(run.path): best.ferm looks at its validation faces again, as \(reason)")
    }
    let (predictions, _) = try Self.evaluated(run, weights, data: data, split: split, workers)
    self.init(predictions)
    // The data may have changed since; what the run had right then tells.
    let before = run.validationAccuracy(of: weights) ?? 0
    guard count == run.validationCount, abs(accuracy - before) * Double(count) <= max(1, Double(count) / 100)
    else {
      throw TrainError.data(
        "\(run.path): \(weights.rawValue) has \(percent(accuracy)) of \(count) faces right where the run had \(percent(before)) of \(run.validationCount): the faces at \(data) are not those that it validated on; --test SPLIT --data DIR compares on others."
      )
    }
  }

  /// What a run says of other faces, in the crops of its validation.
  ///
  /// - Returns: what the faces were to the run, too.
  static func of(
    _ run: ComparedRun, _ weights: ComparedRun.Weights, data: String, split: String, _ workers: Workers
  ) throws -> (answers: Answers, rule: String) {
    let (predictions, rule) = try evaluated(run, weights, data: data, split: split, workers)
    return (Answers(predictions), rule)
  }

  private static func evaluated(
    _ run: ComparedRun, _ weights: ComparedRun.Weights, data: String, split: String, _ workers: Workers
  ) throws -> (Predictions, rule: String) {
    let scored = try ScoredFaces(
      Arguments(["--data", data, "--split", split], valued: ["--data", "--split"], flags: []),
      "\(run.path)/\(weights.rawValue)", workers)
    let logits = try TrainTool.naming(scored.path) { () throws(FormatError) in
      try Evaluation.logits(scored.plan, on: scored.faces, views: run.views, threads: workers.count)
    }
    let predictions = Predictions(
      logits, of: scored.faces, from: data, labels: scored.plan.labels,
      model: try Predictions.identity(of: scored.path))
    return (predictions, scored.rule)
  }
}

/// A share for people.
func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
