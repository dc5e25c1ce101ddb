import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// An evaluation of the same faces in other framings: `eval --framings`.
struct FramingScores {
  /// One of them.
  struct Row {
    let framing: Framing
    let evaluation: Evaluation
    /// Against the faces as they are, face by face.
    let change: McNemar

    /// Its framing for people.
    var words: String { FramingName(framing.key)?.words ?? framing.key }
  }

  let rows: [Row]

  /// Runs the model on every face in every framing.
  ///
  /// - Parameter answers: what it says of the faces as they are.
  /// - Throws: `setting` where the model's pictures are not square.
  init(
    _ scored: ScoredFaces, _ answers: ModelAnswers, views: TestTimeAugmentation, precision: Precision,
    workers: Workers
  ) throws(TrainError) {
    let recipe = scored.plan.preprocessing
    guard recipe.resized.height == recipe.resized.width else {
      throw .setting("--framings needs a model whose pictures are square; \(scored.path)'s are not.")
    }
    let plain = answers.hits
    var rows: [Row] = []
    for framing in Framing.usual {
      if case .small(let pixels) = framing, pixels >= recipe.resized.height { continue }
      let framed = scored.with(framing.applied(to: scored.faces, as: recipe, workers: workers))
      let said = try ModelAnswers(framed, views: views, precision: precision, threads: workers.count)
      rows.append(
        Row(
          framing: framing, evaluation: said.evaluation, change: McNemar(first: said.hits, second: plain)))
    }
    self.rows = rows
  }

  /// A line for each framing.
  var text: String {
    func percent(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", 100 * value) }
    let width = rows.map { $0.words.count }.max() ?? 0
    let lines = rows.map { row in
      let (e, change) = (row.evaluation, row.change)
      let name = row.words + String(repeating: " ", count: width - row.words.count)
      return
        "  \(name)  \(percent(e.top1, 2)) %  (\(percent(e.interval.low, 1)) to \(percent(e.interval.high, 1)))"
        + "  change \(String(format: "%+.1f", 100 * change.difference)) (\(percent(change.interval.low, 1)) to \(percent(change.interval.high, 1)))"
    }
    return (["in other framings (top-1; points of change; 95 % intervals)"] + lines).joined(separator: "\n")
  }

  /// The same for programs.
  var member: JSONValue.Member {
    .init(
      "framings",
      .object(
        rows.map { row in
          let (e, change) = (row.evaluation, row.change)
          return .init(
            row.framing.key,
            .members(
              ("top1", .double(e.top1)),
              ("interval95", .array([.double(e.interval.low), .double(e.interval.high)])),
              ("change", .double(change.difference)),
              ("change95", .array([.double(change.interval.low), .double(change.interval.high)]))))
        }))
  }

  /// Writes them into a model's provenance, below a prefix.
  func record(in provenance: inout Provenance, below prefix: String) {
    for row in rows {
      let key = "\(prefix)\(row.framing.key)."
      provenance[key + "accuracy"] = .real(row.evaluation.top1)
      provenance[key + "interval95.low"] = .real(row.evaluation.interval.low)
      provenance[key + "interval95.high"] = .real(row.evaluation.interval.high)
      provenance[key + "change"] = .real(row.change.difference)
      provenance[key + "change95.low"] = .real(row.change.interval.low)
      provenance[key + "change95.high"] = .real(row.change.interval.high)
    }
  }
}

extension ModelAnswers {
  /// Whether each face's likeliest class is its label, by the probabilities, as in an ``Evaluation``.
  fileprivate var hits: [Bool] {
    let classes = labels.names.count
    return faces.labels.enumerated().map { i, label in
      let row = softmax(Array(logits[(i * classes)..<((i + 1) * classes)]), temperature: labels.temperature)
      return row.firstIndex(of: row.max() ?? 0) == label
    }
  }
}
