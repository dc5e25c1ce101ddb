public import FermFormat

/// One of a network's outputs: what it is, and what an image's row of it holds.
///
/// ```swift
/// let session = try Session(try Plan(path: "models/default.ferm"), maxBatch: 1)
/// let input = [Float](repeating: 0.5, count: session.plan.preprocessing.inputShape.count)
/// for (output, rows) in zip(session.plan.outputs, try session.outputs(input)) {
///   print(output.name, output.shapes.map { $0.description }, rows.count)
/// }
/// ```
public struct PlanOutput: Equatable, Sendable {
  /// Its name, which no other output of the model has.
  public let name: String
  /// What its numbers mean.
  public let kind: ModelOutput.Kind
  /// The shapes of its values, in the order of the file: of class scores or an embedding one vector; of a detection, level by level, the
  /// maps `[A, h, w]` of scores and `[A (4 + 2 K), h, w]` of boxes.
  public let shapes: [Shape]
  /// How many numbers an image's row has: the elements of its values, one value after the other, each in row-major order.
  public let count: Int

  /// - Parameter shapes: those of all values of the graph.
  init(_ output: ModelOutput, shapes: [Shape]) {
    name = output.name
    kind = output.kind
    self.shapes = output.values.map { shapes[$0] }
    count = self.shapes.reduce(0) { $0 + $1.count }
  }

  /// Whether it is the class scores.
  public var isScores: Bool { if case .scores = kind { true } else { false } }
  /// Whether it is an embedding.
  public var isEmbedding: Bool { if case .embedding = kind { true } else { false } }

  /// The output as a person reads it: `face (embedding, 512 numbers)`.
  public var description: String {
    "\(name) (\(isScores ? "class scores" : kind.name), \(count) numbers)"
  }
}

#if !hasFeature(Embedded)
  extension PlanOutput: CustomStringConvertible {}
#endif

extension Plan {
  /// Why the network gives no labels: it has no class scores but other outputs, which the sentence names; nil where it has them.
  public var scoresFault: FormatError? {
    guard scores == nil else { return nil }
    return FormatError(.unsupported, "The model \(name) has no class scores; its \(outputsInWords).")
  }

  /// What the model has instead of what somebody wanted: `outputs are: ...`.
  var outputsInWords: String {
    var names = outputs.count == 1 ? "output is: " : "outputs are: "
    for (i, output) in outputs.enumerated() {
      if i > 0 { names += ", " }
      names += output.description
    }
    return names
  }
}

/// A value that the caller gets: where it lies, and where it goes.
struct ResultValue: Sendable {
  /// Which of the plan's outputs it belongs to.
  let output: Int
  /// In that one's rows, where it begins, and how long these are.
  let start: Int
  let width: Int
  /// In the order of the file a map lies row by row, and so does a vector that is read from a map.
  var place: Place

  /// All values of some outputs.
  ///
  /// - Parameter place: where a value of the graph lies.
  static func all(_ outputs: [ModelOutput], _ place: (Int) -> Place) -> [ResultValue] {
    var results: [ResultValue] = []
    for (number, output) in outputs.enumerated() {
      let places = output.values.map(place)
      let width = places.reduce(0) { $0 + $1.shape.count }
      var start = 0
      for place in places {
        results.append(ResultValue(output: number, start: start, width: width, place: place))
        start += place.shape.count
      }
    }
    return results
  }
}
