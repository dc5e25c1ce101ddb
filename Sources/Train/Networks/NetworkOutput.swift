internal import FermFormat

/// One of the things that a network gives for its input, as a file will list it.
///
/// ```swift
/// var make = ParameterMaker(seed: 1)
/// let last = LinearLayer(&make, "last", from: 64, to: 7)
/// func outputs(of face: Variable) -> [NetworkOutput] { [.scores(last(face)), .embedding("face", face)] }
/// ```
public struct NetworkOutput {
  /// Name and kind; its values are numbered anew when the network is written down.
  let output: ModelOutput
  /// The values that hold it, in the order of ``ModelOutput/values``.
  let values: [Variable]

  init(_ output: ModelOutput, _ values: [Variable]) { (self.output, self.values) = (output, values) }

  /// The logits `[N, classes]`.
  public static func scores(_ value: Variable, name: String = "scores") -> NetworkOutput {
    NetworkOutput(ModelOutput(name, .scores(value: 0)), [value])
  }

  /// Vectors `[N, F]` that are compared with others.
  public static func embedding(_ name: String, _ value: Variable) -> NetworkOutput {
    NetworkOutput(ModelOutput(name, .embedding(value: 0)), [value])
  }

  /// The output with the values' places in the traced graph.
  var traced: ModelOutput {
    var (traced, places) = (output, values.map { $0.traced }[...])
    func next() -> Int { places.popFirst() ?? 0 }
    switch output.kind {
    case .scores: traced.kind = .scores(value: next())
    case .embedding: traced.kind = .embedding(value: next())
    case .detection(var detection):
      for i in detection.levels.indices {
        (detection.levels[i].scores, detection.levels[i].boxes) = (next(), next())
      }
      traced.kind = .detection(detection)
    }
    return traced
  }
}
