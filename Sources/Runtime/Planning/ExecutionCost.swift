public import FermFormat

/// What one image costs to run, counted from the graph alone: before a weight is read, and the same on every machine.
///
/// It counts what is executed, not what an operator is defined as: a convolution of one channel works on a whole register
/// of them, and a pool compares. Registers of 16 floats and panels of 64 outputs are counted, the widest that there are.
public struct ExecutionCost: Sendable {
  /// By node; a unit is one multiply-add of a convolution, of which a core does some 10^10 to 10^11 in a second.
  public let work: [Int]
  /// Bytes of all packed weights, each tensor once for all nodes that take it in one form, and of the tensors that more
  /// than one node names, which are kept until the last of them has its own.
  public let weightBytes: Int
  /// Bytes of the values alive at once, in whole registers, and of the largest copy with zeros around it.
  public let valueBytes: Int

  /// More work for one image is refused: some tens of seconds of one core.
  public static let mostWork = 1 << 40
  /// A plan's packed weights take no more.
  public static let mostWeightBytes = 1 << 30
  /// One image's values take no more, nor does the memory of a session.
  public static let mostSessionBytes = 1 << 30

  /// All nodes' work.
  public var totalWork: Int { work.reduce(0, +) }

  /// Counts.
  public init(graph: Graph, tensors: [TensorInfo], facts: GraphFacts) {
    var counter = CostCounter(graph: graph, tensors: tensors, facts: facts)
    for index in graph.nodes.indices { counter.count(index) }
    counter.countKept()
    work = counter.work
    weightBytes = counter.weightBytes
    valueBytes = Self.live(facts) + 4 * counter.largestCopy
  }

  /// Why a plan refuses the network: it would take too long or too much; nil when it does not.
  public var refusal: FormatError? {
    if totalWork > Self.mostWork {
      return FormatError(
        .limit,
        "One image would take \(totalWork >> 30) x 2^30 operations; at most \(Self.mostWork >> 30) x 2^30 are run."
      )
    }
    if weightBytes > Self.mostWeightBytes {
      return FormatError(
        .limit,
        "The weights would take \(weightBytes >> 20) MiB in the order of the kernels; at most \(Self.mostWeightBytes >> 20) MiB are allowed."
      )
    }
    if valueBytes > Self.mostSessionBytes {
      return FormatError(
        .limit,
        "One image's values would take \(valueBytes >> 20) MiB in whole registers; at most \(Self.mostSessionBytes >> 20) MiB are allowed."
      )
    }
    return nil
  }

  /// The largest sum, over the nodes, of the values that a node makes and those that are still wanted.
  private static func live(_ facts: GraphFacts) -> Int {
    // The caller's input lies in memory of its own.
    var (live, most) = (0, 0)
    var ending = [Int](repeating: 0, count: facts.shapes.count + 1)
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
  fileprivate var blockedCount: Int {
    let map = asMap
    return map[0].inWhole(CostCounter.lanes) * map[1] * map[2]
  }
}

extension Int {
  /// The next multiple of `unit`.
  func inWhole(_ unit: Int) -> Int { (self + unit - 1) / unit * unit }
}

/// Goes through a graph and adds up.
private struct CostCounter {
  static let lanes = 16
  static let columns = 64
  /// Units of work; measured on the slowest of the kernels that a processor is likely to have.
  private enum Units {
    /// An element that is read and written.
    static let element = 64
    /// One that goes through `exp`.
    static let exponential = 256
    /// One of a softmax, which goes by pixels and divides in double precision.
    static let softmax = 1024
    /// A comparison or addition of a pool.
    static let pooled = 8
    /// A weight that is read from memory for one image alone.
    static let weight = 24
  }

  let graph: Graph
  let tensors: [TensorInfo]
  let facts: GraphFacts
  let readers: Readers
  var work: [Int] = []
  var weightBytes = 0
  /// Floats of the largest padded input.
  var largestCopy = 0
  /// By tensor, whether its form for convolutions without a batch norm is counted, and the channels of its forms for fully
  /// connected layers.
  private var isPacked: [Bool]
  private var linearForms: [[Int]]

  init(graph: Graph, tensors: [TensorInfo], facts: GraphFacts) {
    self.graph = graph
    self.tensors = tensors
    self.facts = facts
    readers = Readers(graph)
    isPacked = [Bool](repeating: false, count: tensors.count)
    linearForms = [[Int]](repeating: [], count: tensors.count)
  }

  mutating func count(_ index: Int) {
    let node = graph.nodes[index]
    let (input, output) = (facts.shapes[node.inputs[0]].asMap, facts.shapes[index + 1].asMap)
    let elements = max(output.blockedCount, input.blockedCount)
    let units: Int
    switch node.operator {
    case .convolution(let definition):
      units = convolution(index, definition, input, output)
    case .linear(let definition): units = linear(node.inputs[0], definition)
    case .batchNorm(let definition):
      weightBytes += 8 * tensors[definition.weight].shape.count.inWhole(Self.lanes)
      units = elements * Units.element
    case .relu, .add, .multiply, .flatten: units = elements * Units.element
    case .silu, .sigmoid: units = elements * Units.exponential
    case .softmax: units = output.count * Units.softmax
    case .maxPool(let pool): units = pooling(pool.window, pool.stride, output) + elements * Units.element
    case .averagePool(let pool):
      units = pooling(pool.window, pool.stride, output) + elements * Units.element
    // Regions overlap by one row and column at most.
    case .adaptiveAveragePool: units = 4 * elements * Units.pooled + elements * Units.element
    }
    work.append(units)
  }

  /// Adds the tensors that are kept while a plan is made.
  mutating func countKept() {
    var names = [Int](repeating: 0, count: tensors.count)
    for node in graph.nodes { for tensor in node.operator.tensors { names[tensor.index] += 1 } }
    for index in tensors.indices where names[index] > 1 { weightBytes += tensors[index].byteCount }
  }

  private func pooling(_ window: Extent, _ stride: Extent, _ output: Shape) -> Int {
    output.blockedCount * PoolCost(window, stride).operations * Units.pooled
  }

  private mutating func convolution(
    _ index: Int, _ definition: Convolution, _ input: Shape, _ output: Shape
  ) -> Int {
    let shape = ConvolutionShape(definition, weight: tensors[definition.weight].shape, input: input)
    // The caller's input lies channel by channel.
    let lanes = graph.nodes[index].inputs[0] == 0 ? 1 : Self.lanes
    let most = DirectMethod.most(shape, lanes: lanes, columns: Self.columns)
    let isFolded = readers.only(index + 1).map {
      if case .batchNorm = graph.nodes[$0].operator { true } else { false }
    }
    if isFolded == true || !isPacked[definition.weight] {
      weightBytes += 4 * (shape.outputs * shape.depth + most.filters)
      if isFolded != true { isPacked[definition.weight] = true }
    }
    weightBytes += 4 * shape.outputs.inWhole(Self.columns)
    largestCopy = max(largestCopy, most.copy)
    return max(most.filters * shape.pixels, most.filters * Units.weight)
      + (most.copy + output.blockedCount) * Units.element
  }

  private mutating func linear(_ value: Int, _ definition: Linear) -> Int {
    let info = tensors[definition.weight]
    var (depth, channels) = (info.shape[1].inWhole(Self.lanes), info.shape[1])
    // Behind a flatten it may read the map as it lies.
    if value > 0, case .flatten = graph.nodes[value - 1].operator {
      let map = facts.shapes[graph.nodes[value - 1].inputs[0]].asMap
      (depth, channels) = (max(depth, min(map.blockedCount, 2 * depth)), map[0])
    }
    let packed = info.shape[0].inWhole(Self.columns) * depth
    if !linearForms[definition.weight].contains(channels) {
      linearForms[definition.weight].append(channels)
      weightBytes += info.type.width * packed
    }
    weightBytes += 8 * info.shape[0].inWhole(Self.columns)
    return packed * Units.weight
  }
}
