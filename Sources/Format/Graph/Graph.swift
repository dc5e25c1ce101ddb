/// One step of a graph: an operator and the values it takes.
public struct Node: Equatable, Sendable {
  /// What the node computes.
  public var `operator`: Operator
  /// The values it takes: 0 is the network's input, `i + 1` the output of node `i`.
  public var inputs: [Int]
  /// The version that the file states which the node is from.
  private var stated: UInt8

  /// The operator's version: as the file states it, or else the oldest that will do, which is what a writer writes.
  public var version: UInt8 { max(stated, `operator`.version) }

  /// Makes a node.
  public init(_ `operator`: Operator, inputs: [Int]) {
    self.init(`operator`, version: `operator`.version, inputs: inputs)
  }

  init(_ `operator`: Operator, version: UInt8, inputs: [Int]) {
    self.operator = `operator`
    stated = version
    self.inputs = inputs
  }
}

/// A network as nodes in the order in which they run; the last node's output is the network's.
///
/// A node takes only values that come before it, so there are no cycles to look for.
public struct Graph: Equatable, Sendable {
  /// The nodes in running order.
  public var nodes: [Node]

  /// Makes a graph.
  public init(nodes: [Node] = []) { self.nodes = nodes }
}

/// What validation finds out about a graph.
public struct GraphFacts: Equatable, Sendable {
  /// The shape of every value: the network's input, then each node's output.
  public var shapes: [Shape]
  /// Multiply-adds of each node for one image.
  public var multiplyAdds: [Int64]
  /// Bytes of the values alive at once for one image, as fp32 (spec 7.3).
  public var peakBytes: Int
  /// The last node that takes each value; those of outputs live to the end, and have the number of nodes here.
  public var lastUse: [Int]
  /// By tensor, whether a batch norm uses it as a variance.
  public var isVariance: [Bool]
}
