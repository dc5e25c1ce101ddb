internal import FermFormat

/// Writes the operators of a pass down as a graph.
struct Tracer {
  private(set) var graph = Graph()
  private(set) var parameters: [Parameter] = []

  mutating func add(_ operation: Operator, inputs: [Int]) -> Int {
    graph.nodes.append(Node(operation, inputs: inputs))
    return graph.nodes.count
  }

  /// The index of an optional parameter's tensor.
  mutating func index(_ parameter: Parameter?) -> Int? {
    guard let parameter else { return nil }
    return index(parameter) as Int
  }

  /// The index of a parameter's tensor.
  mutating func index(_ parameter: Parameter) -> Int {
    if let known = parameters.firstIndex(where: { $0 === parameter }) { return known }
    parameters.append(parameter)
    return parameters.count - 1
  }
}
