internal import FermFormat

/// Running a part of a network.
extension GraphNetwork {
  /// The values that all that leads to the scores goes through, the input first: behind each, no node takes an earlier one.
  var bottlenecks: [Int] {
    var reached = scores.value
    var values: [Int] = []
    for value in stride(from: scores.value, through: 0, by: -1) {
      if reached == value { values.append(value) }
      guard value > 0, scores.nodes[value - 1] else { continue }
      reached = min(reached, graph.nodes[value - 1].inputs.min() ?? reached)
    }
    return values.reversed()
  }

  /// The shapes of the values for an input, the batch first; those that do not lead to the scores have the input's.
  func shapes(_ x: Variable) -> [Shape] { values(of: x) { scores.nodes[$0] }.map { $0.shape } }

  /// One value for an input.
  func value(_ value: Int, of x: Variable) -> Variable {
    values(of: x) { $0 < value && scores.nodes[$0] }[value]
  }

  /// The class scores where one of ``bottlenecks`` is `x`.
  func scores(after bottleneck: Int, _ x: Variable) -> Variable {
    values(of: x) { $0 >= bottleneck && scores.nodes[$0] }[scores.value]
  }
}
