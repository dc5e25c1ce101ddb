extension Graph {
  /// Checks the whole graph before any weight is read (spec section 7).
  ///
  /// - Parameters:
  ///   - input: the network's input `[C, H, W]`.
  ///   - tensors: the tensors that nodes name.
  ///   - classes: the number of labels: the length of the vector of class scores.
  ///   - outputs: what the network gives; nil for class scores alone, by its last node.
  /// - Throws: `graph`, `limit`, or `value` for an output whose name or sides no file could hold.
  public func validate(
    input: Shape, tensors: [TensorInfo], classes: Int, outputs: [ModelOutput]? = nil
  ) throws(FormatError) -> GraphFacts {
    if let outputs { try ModelOutput.check(outputs) }
    return try validate(input: input, tensors: tensors, classes: classes, outputs: outputs, places: Places())
  }

  /// Where a file's nodes and outputs stand, for errors; empty for a graph that is in no file.
  struct Places {
    var nodes: [UInt64] = []
    var outputs: OutputPlaces?
  }

  /// The same for a graph and outputs that were read from a file.
  func validate(
    input: Shape, tensors: [TensorInfo], classes: Int, outputs: [ModelOutput]?, places: Places
  ) throws(FormatError) -> GraphFacts {
    try requireMemory(256 * (nodes.count + tensors.count + 256))
    var facts = GraphFacts(
      shapes: [input], multiplyAdds: [], peakBytes: 0, lastUse: [-1],
      isVariance: [Bool](repeating: false, count: tensors.count))
    var used = [Bool](repeating: false, count: tensors.count)
    for index in nodes.indices {
      try requireMemory(64 * (nodes.count + tensors.count + 1024))
      let place: UInt64? = index < places.nodes.count ? places.nodes[index] : nil
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
    try finish(
      &facts, used: used, tensors: tensors, classes: classes, outputs: outputs, places: places)
    return facts
  }

  /// The rules that hold for the graph as a whole.
  private func finish(
    _ facts: inout GraphFacts, used: [Bool], tensors: [TensorInfo], classes: Int, outputs: [ModelOutput]?,
    places: Places
  ) throws(FormatError) {
    let place = places.nodes.last
    if let outputs {
      try check(outputs, shapes: facts.shapes, classes: classes, places: places.outputs)
    } else if nodes.isEmpty || facts.shapes[nodes.count] != Shape(classes) {
      throw FormatError(
        .graph, at: place,
        "The network gives \(facts.shapes[nodes.count].description) where the \(classes) labels need as many numbers."
      )
    }
    for output in outputs ?? [.standard(for: self)] {
      for value in output.values { facts.lastUse[value] = nodes.count }
    }
    for value in facts.shapes.indices where facts.lastUse[value] < 0 {
      throw FormatError(.graph, at: place, "Value \(value) is never used.")
    }
    if let index = used.firstIndex(of: false) {
      throw FormatError(.graph, at: place, "Tensor \(tensors[index].name) is never used.")
    }
    var total: Int64 = 0
    for node in nodes {
      try requireMemory(1 << 16)
      for tensor in node.operator.tensors { total += Int64(tensors[tensor.index].shape.count) }
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
    var ending = [Int64](repeating: 0, count: nodes.count + 1)
    var live = 4 * Int64(facts.shapes[0].count)
    var peak: Int64 = 0
    ending[facts.lastUse[0]] += live
    for node in nodes.indices {
      let made = 4 * Int64(facts.shapes[node + 1].count)
      ending[facts.lastUse[node + 1]] += made
      live += made
      peak = max(peak, live)
      live -= ending[node]
    }
    guard peak <= Limits.liveBytes else {
      throw FormatError(
        .limit, at: place,
        "The network keeps \(peak) bytes alive for one image; at most \(Limits.liveBytes) are allowed.")
    }
    facts.peakBytes = Int(peak)
    if let outputs { try checkOutputElements(outputs, shapes: facts.shapes, place: place) }
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
  var multiplyAdds: Int64 = 0

  mutating func visit<D: OperatorDefinition>(_ definition: inout D) throws(FormatError) {
    let shapes = try shapes(of: D.inputCount)
    try definition.visitAttributes(&self, of: definition.version)
    output = try definition.outputShape(of: shapes, tensors: tensors)
    try output.validate("its output")
    multiplyAdds = definition.multiplyAdds(inputs: shapes, output: output, tensors: tensors)
  }

  /// The inputs' shapes; apart from `visit`, of which each operator has a copy of its own in the library.
  @inline(never)
  private func shapes(of inputCount: ClosedRange<Int>) throws(FormatError) -> [Shape] {
    guard inputCount.contains(inputs.count) else {
      throw FormatError(.graph, "it takes \(inputCount.counted), not \(inputs.count).")
    }
    for (value, shape) in zip(values, inputs) where shape == nil {
      throw FormatError(.graph, "it takes value \(value), which does not exist yet.")
    }
    return inputs.compactMap { $0 }
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
    _ name: StaticString, _ value: inout Float, in range: RealRange
  ) throws(FormatError) {
    guard range.contains(value) else {
      throw FormatError(.value, "\(name) must be \(range.description).")
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

extension ClosedRange<Int> {
  /// So many inputs, in words.
  fileprivate var counted: String {
    if lowerBound < upperBound { return "\(lowerBound) to \(upperBound) inputs" }
    return lowerBound == 1 ? "1 input" : "\(lowerBound) inputs"
  }
}
