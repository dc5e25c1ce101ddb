internal import FermFormat

/// Which nodes take which values of a graph: what may be fused, and what need not be copied, depends on it.
struct ValueUses {
  private var counts: [Int]
  /// By value, one node that takes it.
  private var last: [Int]
  /// By value, whether a node takes it that does not read maps as they lie.
  private var others: [Bool]
  /// By value, whether the caller gets it: it then stays whole, whatever nodes take it too.
  private var isOutput: [Bool]

  init(_ graph: Graph, _ facts: GraphFacts) {
    counts = [Int](repeating: 0, count: graph.nodes.count + 1)
    last = counts
    others = [Bool](repeating: false, count: counts.count)
    isOutput = facts.lastUse.map { $0 == graph.nodes.count }
    for (index, node) in graph.nodes.enumerated() {
      let readsMaps = node.operator.readsMaps
      for value in node.inputs {
        counts[value] += 1
        last[value] = index
        if !readsMaps { others[value] = true }
      }
    }
  }

  /// The node that takes a value, if one does, once, and nobody else does.
  func onlyNode(taking value: Int) -> Int? {
    counts[value] == 1 && !isOutput[value] ? last[value] : nil
  }

  /// Whether a value is taken, and all nodes that take it read maps as they lie.
  func allReadMaps(_ value: Int) -> Bool { counts[value] > 0 && !others[value] }
}
