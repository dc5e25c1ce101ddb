public import FermFormat

/// What one image costs to run, counted from the graph alone: before a weight is read, and the same on every machine.
///
/// It counts what is executed, not what an operator is defined as: a convolution of one channel works on a whole register
/// of them unless it is depthwise, and a pool compares. Registers of 16 floats and panels of 64 outputs are counted, the widest that there are.
public struct ExecutionCost: Sendable {
  /// By node; a unit is one multiply-add of a convolution, of which a core does some 10^10 to 10^11 in a second.
  public let work: [Int64]
  /// Bytes of all packed weights, each tensor once for all nodes that take it in one form; of the filters of convolutions as
  /// the file has them; and of the other tensors that more than one node names, which are kept until the last of them has its
  /// own.
  public let weightBytes: Int64
  /// Bytes of the values alive at once, in whole registers, and of the largest copy with zeros around it.
  public let valueBytes: Int64

  /// More work for one image is refused: some tens of seconds of one core.
  public static let mostWork: Int64 = 1 << 40
  /// A plan's packed weights take no more.
  public static let mostWeightBytes: Int64 = 1 << 30
  /// One image's values take no more, nor does the memory of a session.
  public static let mostSessionBytes: Int64 = 1 << 30

  /// All nodes' work.
  public var totalWork: Int64 { work.reduce(0, +) }

  /// Counts.
  public init(graph: Graph, tensors: [TensorInfo], facts: GraphFacts) {
    var counter = CostCounter(graph: graph, tensors: tensors, facts: facts)
    for index in graph.nodes.indices { counter.count(index) }
    counter.countKept()
    work = counter.work
    weightBytes = counter.weightBytes
    valueBytes = Self.live(facts) + 4 * counter.largestCopy
  }

  /// Why a plan refuses the network: `work` where it would take too long, `memory` where too much; nil when it does not.
  public var refusal: FormatError? {
    if totalWork > Self.mostWork {
      return FormatError(
        .work,
        "One image would take \(totalWork >> 30) x 2^30 operations; at most \(Self.mostWork >> 30) x 2^30 are run."
      )
    }
    if weightBytes > Self.mostWeightBytes {
      return FormatError(
        .memory,
        "The weights would take \(weightBytes >> 20) MiB in the order of the kernels; at most \(Self.mostWeightBytes >> 20) MiB are allowed."
      )
    }
    if valueBytes > Self.mostSessionBytes {
      return FormatError(
        .memory,
        "One image's values would take \(valueBytes >> 20) MiB in whole registers; at most \(Self.mostSessionBytes >> 20) MiB are allowed."
      )
    }
    return nil
  }

  /// The largest sum, over the nodes, of the values that a node makes and those that are still wanted.
  private static func live(_ facts: GraphFacts) -> Int64 {
    // The caller's input lies in memory of its own.
    var (live, most): (Int64, Int64) = (0, 0)
    var ending = [Int64](repeating: 0, count: facts.shapes.count + 1)
    for value in facts.shapes.indices.dropFirst() {
      let bytes = 4 * facts.shapes[value].blockedCount
      live += bytes
      most = max(most, live)
      // Value v is made by node v - 1; what that node reads last goes when it is done.
      ending[facts.lastUse[value]] += bytes
      live -= ending[value - 1]
    }
    return most
  }
}

extension Shape {
  /// Floats of a value that lies in blocks of 16 channels.
  var blockedCount: Int64 {
    let map = asMap
    return Int64(map[0].inWhole(CostCounter.lanes)) * Int64(map[1]) * Int64(map[2])
  }
}

extension FixedWidthInteger {
  /// The next multiple of `unit`.
  func inWhole(_ unit: Self) -> Self { (self + unit - 1) / unit * unit }
}

/// Goes through a graph and adds up, in 64 bits: on machines of 32 too, a file may ask for more than those hold.
struct CostCounter: RuntimeOperatorVisitor {
  static let lanes = 16
  static let columns = 64
  /// Units of work; measured on the slowest of the kernels that a processor is likely to have.
  enum Units {
    /// An element that is read and written.
    static let element: Int64 = 64
    /// One that goes through `exp`.
    static let exponential: Int64 = 256
    /// One of a softmax, which goes by pixels and divides in double precision; a pixel costs as much besides.
    static let softmax: Int64 = 1024
    /// A comparison or addition of a pool, or a weight of a depthwise convolution for one output.
    static let pooled: Int64 = 8
    /// A weight that is read from memory for one image alone.
    static let weight: Int64 = 24
  }

  let graph: Graph
  let tensors: [TensorInfo]
  let facts: GraphFacts
  let uses: ValueUses
  var work: [Int64] = []
  var weightBytes: Int64 = 0
  /// Floats of the largest padded input.
  var largestCopy: Int64 = 0
  /// By tensor, whether it is counted as a convolution's filters, and its form for convolutions without a batch norm; and the
  /// channels of its forms for fully connected layers.
  private var isKept: [Bool]
  var isPacked: [Bool]
  var linearForms: [[Int]]
  /// The node that is counted.
  private var current = 0

  init(graph: Graph, tensors: [TensorInfo], facts: GraphFacts) {
    self.graph = graph
    self.tensors = tensors
    self.facts = facts
    uses = ValueUses(graph, facts)
    isKept = [Bool](repeating: false, count: tensors.count)
    isPacked = isKept
    linearForms = [[Int]](repeating: [], count: tensors.count)
  }

  mutating func count(_ index: Int) {
    current = index
    graph.nodes[index].operator.visit(&self)
  }

  mutating func visit(_ definition: some RuntimeOperator) {
    let units = definition.work(of: current, in: &self)
    work.append(units)
  }

  /// What a node takes first, as a map.
  func input(of node: Int) -> Shape { facts.shapes[graph.nodes[node].inputs[0]].asMap }
  /// What it makes, as a map.
  func output(of node: Int) -> Shape { facts.shapes[node + 1].asMap }
  /// The elements that it reads or writes, in whole registers: the larger number of the two.
  func elements(of node: Int) -> Int64 { max(output(of: node).blockedCount, input(of: node).blockedCount) }

  /// Adds a convolution's filters as the file has them: a plan keeps them once for all layers.
  mutating func countFilters(_ tensor: Int) {
    guard !isKept[tensor] else { return }
    isKept[tensor] = true
    weightBytes += Int64(tensors[tensor].byteCount)
  }

  /// Adds the other tensors that are kept while a plan is made.
  mutating func countKept() {
    var names = [Int](repeating: 0, count: tensors.count)
    for node in graph.nodes { for tensor in node.operator.tensors { names[tensor.index] += 1 } }
    for index in tensors.indices where names[index] > 1 && !isKept[index] {
      weightBytes += Int64(tensors[index].byteCount)
    }
  }
}
