internal import FermFormat
internal import FermKernels

/// Turns a graph into steps: folds batch norm, fuses ReLU and 2x2 pooling, and lets fully connected layers read maps as
/// they lie.
struct Compiler: RuntimeOperatorVisitor {
  let graph: Graph
  let tensors: [TensorInfo]
  let shapes: [Shape]
  let multiplyAdds: [Int64]
  let work: [Int64]
  let kernels: KernelTable
  /// Gives a tensor's elements, which are kept no longer than nodes want them.
  private let load: (Int) throws(FormatError) -> Model.Weight
  private(set) var steps: [PlanStep] = []
  /// A description of each step.
  private(set) var descriptions: [StepDescription] = []
  /// For each graph value, where the compiled network has it.
  private var places: [Place?]
  let uses: ValueUses
  private var done: [Bool]
  /// By tensor, how many nodes have yet to take it, and itself where one has and another will.
  private var wanted: [Int]
  private var kept: [Model.Weight?]
  /// By tensor, what convolutions without a batch norm share; and what fully connected layers do, by the input's channels.
  private var filters: [ConvolutionFilters?]
  private var packs: [[(channels: Int, weights: LinearWeights)]]
  /// The node that is compiled.
  private var current = 0
  /// Numbers for values that the graph does not know.
  private var nextValue: Int

  init(
    graph: Graph, tensors: [TensorInfo], facts: GraphFacts, work: [Int64], kernels: KernelTable,
    load: @escaping (Int) throws(FormatError) -> Model.Weight
  ) {
    self.graph = graph
    self.tensors = tensors
    self.load = load
    self.kernels = kernels
    shapes = facts.shapes
    multiplyAdds = facts.multiplyAdds
    self.work = work
    places = [Place?](repeating: nil, count: shapes.count)
    uses = ValueUses(graph, facts)
    wanted = [Int](repeating: 0, count: tensors.count)
    for node in graph.nodes { for tensor in node.operator.tensors { wanted[tensor.index] += 1 } }
    kept = [Model.Weight?](repeating: nil, count: tensors.count)
    filters = [ConvolutionFilters?](repeating: nil, count: tensors.count)
    packs = [[(channels: Int, weights: LinearWeights)]](repeating: [], count: tensors.count)
    done = [Bool](repeating: false, count: graph.nodes.count)
    nextValue = shapes.count
    places[0] = Place(planar: shapes[0].asMap)
  }

  mutating func compile() throws(FormatError) {
    for index in graph.nodes.indices where !done[index] {
      try compile(index)
    }
  }

  private mutating func compile(_ index: Int) throws(FormatError) {
    let node = graph.nodes[index]
    try requireMemory(128 * vectorLength(node) + 1024 * steps.count + 1 << 16)
    current = index
    try node.operator.visit(&self)
  }

  mutating func visit(_ definition: some RuntimeOperator) throws(FormatError) {
    try definition.addSteps(of: current, to: &self)
  }

  // MARK: - What a layer with weights takes over

  /// Takes the one node that reads a value, where it is one that the layer can do on the way; the node is then done.
  private mutating func fuse<Taken>(_ value: inout Int, _ take: (Fusion) -> Taken?) -> Taken? {
    guard let next = uses.onlyNode(taking: value), let taken = take(graph.nodes[next].operator.fusion) else {
      return nil
    }
    done[next] = true
    value = next + 1
    return taken
  }

  /// The batch norm behind a value, which moves on to that one's.
  mutating func followingNorm(_ value: inout Int) throws(FormatError) -> FoldedNorm? {
    let norm = fuse(&value) { if case .norm(let norm) = $0 { norm } else { nil } }
    guard let norm else { return nil }
    return try norm.folded(&self)
  }

  /// Whether a rectifier is behind it.
  mutating func followingReLU(_ value: inout Int) -> Bool {
    fuse(&value) { if case .rectifier = $0 { true } else { nil } } ?? false
  }

  /// Whether 2x2 pooling is.
  mutating func followingPool(_ value: inout Int) -> Bool {
    fuse(&value) { if case .halving = $0 { true } else { nil } } ?? false
  }

  /// The activation behind it that is no rectifier.
  mutating func followingActivation(_ value: inout Int) -> Activation? {
    fuse(&value) { if case .activation(let activation) = $0 { activation } else { nil } }
  }

  /// The map that is added to it, where that was computed before and has its shape, or has it once a node that is yet to come puts
  /// channels of zeros behind its own: those lie in no memory, as a sum with zero is no work.
  mutating func followingAddend(_ value: inout Int) -> Place? {
    guard let next = uses.onlyNode(taking: value), case .sum = graph.nodes[next].operator.fusion,
      let other = graph.nodes[next].inputs.first(where: { $0 != value }), shapes[other] == shapes[value]
    else { return nil }
    let narrow = places[other] == nil ? widened(other, for: next) : nil
    guard let addend = places[narrow ?? other], !addend.isPlanar else { return nil }
    if narrow != nil { done[other - 1] = true }
    done[next] = true
    value = next + 1
    return addend
  }

  /// What a value is but for channels of zeros behind, where only one node takes it so.
  private func widened(_ value: Int, for next: Int) -> Int? {
    guard uses.onlyNode(taking: value) == next, case .widening = graph.nodes[value - 1].operator.fusion else {
      return nil
    }
    return graph.nodes[value - 1].inputs[0]
  }

  // MARK: - Steps

  /// Adds the step of a node that works on each image or plane by itself.
  mutating func add(_ computation: MapComputation, for node: Int) {
    let inputs = graph.nodes[node].inputs.map { blocked($0) }
    let to = Place(value: node + 1, shape: shapes[node + 1].asMap, lanes: kernels.lanes)
    append(
      PlanStep(
        input: inputs[0], others: Array(inputs.dropFirst()), output: to, computation: .map(computation)),
      describing: node)
  }

  /// Adds the step of a layer from one place to a value, its own or that of the last node which it takes over.
  mutating func add(
    _ computation: PlanStep.Computation, from: Place, others: [Place] = [], to value: Int, for node: Int
  ) {
    let to = Place(value: value, shape: shapes[value].asMap, lanes: kernels.lanes)
    append(
      PlanStep(input: from, others: others, output: to, computation: computation), describing: node)
  }

  private mutating func append(_ step: PlanStep, describing index: Int) {
    places[step.output.value] = step.output
    steps.append(step)
    descriptions.append(
      StepDescription(
        name: layerName(index), output: step.output.shape, multiplyAdds: multiplyAdds[index],
        work: work[index]))
  }

  /// `conv1a` for a node whose weights are `conv1a.weight`, else the operator's name.
  private func layerName(_ index: Int) -> String {
    let node = graph.nodes[index]
    guard let weight = node.operator.tensors.first(where: { $0.kind == .weight }) else {
      return node.operator.name
    }
    let name = tensors[weight.index].name
    let end = name.utf8.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return String(name[..<end])
  }

  // MARK: - Values and weights

  func place(_ value: Int) -> Place {
    places[value] ?? Place(value: value, shape: shapes[value].asMap, lanes: kernels.lanes)
  }

  /// The place of what a node takes first, in blocks.
  mutating func input(of node: Int) -> Place { blocked(graph.nodes[node].inputs[0]) }

  /// Leaves a value where another lies.
  mutating func put(_ value: Int, at place: Place) { places[value] = place }

  /// A value in blocks; the caller's input is packed once for all that want it so.
  private mutating func blocked(_ value: Int) -> Place {
    let planar = place(value)
    guard planar.isPlanar else { return planar }
    let packed = Place(value: nextValue, shape: planar.shape, lanes: kernels.lanes)
    nextValue += 1
    let pack = MapComputation.images { task, image in
      unsafe ferm_pack_blocks(
        task.input(image), task.output(image), task.channels, task.lanes, task.pixels)
    }
    steps.append(PlanStep(input: planar, output: packed, computation: .map(pack)))
    descriptions.append(StepDescription(name: "pack", output: planar.shape, multiplyAdds: 0, work: 0))
    places[value] = packed
    return packed
  }

  /// The length of the vectors that a node names, and of those that are made of them.
  private func vectorLength(_ node: Node) -> Int {
    node.operator.tensors.reduce(0) { max($0, tensors[$1.index].shape[0]) }
  }

  /// A tensor for one of the nodes that name it; the file is read once for all of them.
  mutating func weight(_ index: Int) throws(FormatError) -> Model.Weight {
    let weight: Model.Weight
    if let known = kept[index] { weight = known } else { weight = try load(index) }
    wanted[index] -= 1
    kept[index] = wanted[index] > 0 ? weight : nil
    return weight
  }

  mutating func plainFilters(_ index: Int) throws(FormatError) -> ConvolutionFilters {
    let weight = try weight(index)
    if let known = filters[index] { return known }
    let made = ConvolutionFilters(weight)
    filters[index] = made
    return made
  }

  /// A fully connected layer's weights for the way in which its input lies.
  mutating func packed(
    _ index: Int, _ weight: Model.Weight, _ shape: LinearShape
  ) throws(FormatError) -> LinearWeights {
    for known in packs[index] where known.channels == shape.channels { return known.weights }
    let made = try LinearWeights(weight, shape, kernels)
    packs[index].append((shape.channels, made))
    return made
  }

  mutating func bias(_ index: Int?, count: Int) throws(FormatError) -> [Float] {
    guard let index else { return [Float](repeating: 0, count: count) }
    return try weight(index).floats()
  }
}

extension Shape {
  /// A vector as a map of one pixel.
  var asMap: Shape { rank == 3 ? self : Shape(count, 1, 1) }
}
