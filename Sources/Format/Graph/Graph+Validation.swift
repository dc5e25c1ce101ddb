extension Graph {
  /// Checks the whole graph before any weight is read (spec section 7).
  ///
  /// - Parameters:
  ///   - input: the network's input `[C, H, W]`.
  ///   - tensors: the tensors that nodes name.
  ///   - classes: the length that the output vector must have.
  ///   - offsets: where in the file each node begins, for errors; empty for a graph that is in no file.
  /// - Throws: `graph` or `limit`.
  public func validate(
    input: Shape, tensors: [TensorInfo], classes: Int, offsets: [UInt64] = []
  ) throws(FormatError) -> GraphFacts {
    try requireMemory(256 * (nodes.count + tensors.count + 256))
    var facts = GraphFacts(
      shapes: [input], multiplyAdds: [], peakBytes: 0, lastUse: [-1],
      isVariance: [Bool](repeating: false, count: tensors.count))
    var used = [Bool](repeating: false, count: tensors.count)
    for index in nodes.indices {
      try requireMemory(64 * (nodes.count + tensors.count + 1024))
      let place: UInt64? = index < offsets.count ? offsets[index] : nil
      let inputs = nodes[index].inputs.map { facts.shapes.indices.contains($0) ? facts.shapes[$0] : nil }
      var checker = NodeChecker(
        values: nodes[index].inputs, inputs: inputs, tensors: tensors, used: used,
        isVariance: facts.isVariance)
      var `operator` = nodes[index].operator
      do throws(FormatError) { try `operator`.visit(&checker) } catch {
        throw FormatError(
          error.code, at: place, "Node \(index + 1) (\(`operator`.name)): \(error.message)")
      }
      for value in nodes[index].inputs { facts.lastUse[value] = index }
      facts.shapes.append(checker.output)
      facts.multiplyAdds.append(checker.multiplyAdds)
      facts.lastUse.append(-1)
      (used, facts.isVariance) = (checker.used, checker.isVariance)
    }
    try finish(&facts, used: used, tensors: tensors, classes: classes, place: offsets.last)
    return facts
  }

  /// The rules that hold for the graph as a whole.
  private func finish(
    _ facts: inout GraphFacts, used: [Bool], tensors: [TensorInfo], classes: Int, place: UInt64?
  ) throws(FormatError) {
    guard !nodes.isEmpty, facts.shapes[nodes.count] == Shape(classes) else {
      throw FormatError(
        .graph, at: place,
        "The network gives \(facts.shapes[nodes.count].description) where the \(classes) labels need as many numbers."
      )
    }
    for value in 0..<nodes.count where facts.lastUse[value] < 0 {
      throw FormatError(.graph, at: place, "Value \(value) is never used.")
    }
    if let index = used.firstIndex(of: false) {
      throw FormatError(.graph, at: place, "Tensor \(tensors[index].name) is never used.")
    }
    facts.lastUse[nodes.count] = nodes.count
    var total = 0
    for node in nodes {
      try requireMemory(1 << 16)
      total += node.operator.tensors.reduce(0) { $0 + tensors[$1.index].shape.count }
      guard total <= Limits.namedElements else {
        throw FormatError(
          .limit, at: place,
          "The nodes name tensors of more than \(Limits.namedElements) elements together, counting each use.")
      }
    }
    total = 0
    for count in facts.multiplyAdds {
      total += count
      guard total <= Limits.multiplyAdds else {
        throw FormatError(
          .limit, at: place, "The network needs more than \(Limits.multiplyAdds) multiply-adds.")
      }
    }
    // By node, the bytes of the values that it reads last.
    var ending = [Int](repeating: 0, count: nodes.count + 1)
    ending[facts.lastUse[0]] += 4 * facts.shapes[0].count
    var live = 4 * facts.shapes[0].count
    for node in nodes.indices {
      let made = 4 * facts.shapes[node + 1].count
      ending[facts.lastUse[node + 1]] += made
      live += made
      facts.peakBytes = max(facts.peakBytes, live)
      live -= ending[node]
    }
    guard facts.peakBytes <= Limits.liveBytes else {
      throw FormatError(
        .limit, at: place,
        "The network keeps \(facts.peakBytes) bytes alive for one image; at most \(Limits.liveBytes) are allowed."
      )
    }
  }
}

/// Checks one node: its inputs, its attributes, its tensors and its shapes.
private struct NodeChecker: OperatorVisitor, AttributeVisitor {
  let values: [Int]
  /// Their shapes; nil for a value that does not exist yet.
  let inputs: [Shape?]
  let tensors: [TensorInfo]
  /// By tensor, whether a node names it, and whether one takes its root.
  var used: [Bool]
  var isVariance: [Bool]
  var output = Shape()
  var multiplyAdds = 0

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    guard inputs.count == D.inputCount else {
      throw FormatError(.graph, "it takes \(D.inputCount) inputs, not \(inputs.count).")
    }
    for (value, shape) in zip(values, inputs) where shape == nil {
      throw FormatError(.graph, "it takes value \(value), which does not exist yet.")
    }
    try definition.visitAttributes(&self)
    let shapes = inputs.compactMap { $0 }
    output = try definition.outputShape(of: shapes, tensors: tensors)
    try output.validate("its output")
    multiplyAdds = definition.multiplyAdds(inputs: shapes, output: output, tensors: tensors)
  }

  // The ranges are checked for graphs that were not read from a file.

  mutating func integer(
    _ name: StaticString, _ value: inout Int, in range: ClosedRange<Int>
  ) throws(FormatError) {
    guard range.contains(value) else {
      throw FormatError(
        .value, "\(name) is \(value); it must be \(range.lowerBound) to \(range.upperBound).")
    }
  }

  mutating func real(
    _ name: StaticString, _ value: inout Float, atLeast minimum: Float
  ) throws(FormatError) {
    guard value.isFinite, value >= minimum else {
      throw FormatError(.value, "\(name) must be a finite number above zero.")
    }
  }

  mutating func tensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int
  ) throws(FormatError) {
    guard tensors.indices.contains(index) else {
      throw FormatError(.graph, "\(name) names tensor \(index), and there are \(tensors.count).")
    }
    used[index] = true
    if kind == .variance { isVariance[index] = true }
  }

  mutating func optionalTensor(
    _ name: StaticString, _ kind: TensorKind, _ index: inout Int?
  ) throws(FormatError) {
    guard var present = index else { return }
    try tensor(name, kind, &present)
  }
}
