internal import FermFormat

/// Which nodes read which values.
struct Readers {
  private var counts: [Int]
  /// By value, one node that reads it.
  private var last: [Int]
  /// By value, whether something else than a fully connected layer reads it.
  private var others: [Bool]

  init(_ graph: Graph) {
    counts = [Int](repeating: 0, count: graph.nodes.count + 1)
    last = counts
    others = [Bool](repeating: false, count: counts.count)
    for (index, node) in graph.nodes.enumerated() {
      let isLinear = if case .linear = node.operator { true } else { false }
      for value in node.inputs {
        counts[value] += 1
        last[value] = index
        if !isLinear { others[value] = true }
      }
    }
  }

  /// The node that reads a value, if that is read once and the network's result is another.
  func only(_ value: Int) -> Int? { counts[value] == 1 ? last[value] : nil }

  /// Whether a value is read, and by fully connected layers alone.
  func areLinear(_ value: Int) -> Bool { counts[value] > 0 && !others[value] }
}
