internal import FermFormat

/// A network that runs on inputs of other sizes, too: nothing in it looks at the whole of a map at once, so a larger input gives
/// larger maps of the same kind.
///
/// It keeps the tensors as the file has them, as its convolutions do.
struct ResizableNetwork: Sendable {
  let graph: Graph
  let outputs: [ModelOutput]
  let tensors: [Model.Weight]
  /// The sides of an input must be multiples of this.
  let unit: Extent
  /// Bytes of the values alive at once, for an input of the model's own size.
  let valueBytes: Int64

  /// Takes the tensors of a network.
  ///
  /// - Returns: nil for one that runs on inputs of one size only.
  /// - Throws: `memory`, and what `load` throws.
  init?(
    _ graph: Graph, _ outputs: [ModelOutput], input: Shape, tensors infos: [TensorInfo], facts: GraphFacts,
    valueBytes: Int64, load: (Int) throws(FormatError) -> Model.Weight
  ) throws(FormatError) {
    guard let unit = try Self.unit(graph, outputs, input: input, tensors: infos, facts: facts) else {
      return nil
    }
    try requireMemory(256 * infos.count + 1 << 16)
    var loaded = [Model.Weight?](repeating: nil, count: infos.count)
    // In the order in which a plan takes them.
    for node in graph.nodes {
      for tensor in node.operator.tensors where loaded[tensor.index] == nil {
        loaded[tensor.index] = try load(tensor.index)
      }
    }
    tensors = loaded.compactMap { $0 }
    guard tensors.count == infos.count else { return nil }
    (self.graph, self.outputs, self.unit, self.valueBytes) = (graph, outputs, unit, valueBytes)
  }

  /// Of what the sides of inputs must be multiples for every value to have sides in the same proportion to them; nil where there is
  /// no such number.
  private static func unit(
    _ graph: Graph, _ outputs: [ModelOutput], input: Shape, tensors: [TensorInfo], facts: GraphFacts
  ) throws(FormatError) -> Extent? {
    guard facts.shapes.allSatisfy({ $0.rank == 3 }) else { return nil }
    func unit(_ axis: Int) -> Int? {
      var unit = 1
      for shape in facts.shapes {
        guard input[axis] % shape[axis] == 0 else { return nil }
        let stride = input[axis] / shape[axis]
        unit = unit / greatestDivisor(unit, stride) * stride
      }
      return unit
    }
    guard let rows = unit(1), let columns = unit(2) else { return nil }
    let larger = Shape(input[0], input[1] + rows, input[2] + columns)
    let found: GraphFacts
    do throws(FormatError) {
      found = try graph.validate(input: larger, tensors: tensors, classes: 0, outputs: outputs)
    } catch {
      if error.code == .memory { throw error }
      return nil
    }
    for (shape, was) in zip(found.shapes, facts.shapes) {
      guard shape[1] * input[1] == larger[1] * was[1], shape[2] * input[2] == larger[2] * was[2] else {
        return nil
      }
    }
    return Extent(height: rows, width: columns)
  }

  private static func greatestDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
