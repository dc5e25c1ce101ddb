internal import FermFormat

/// Turns a graph into steps: folds batch norm, fuses ReLU and 2x2 pooling, and lets fully connected layers read maps as
/// they lie.
struct Compiler {
  let graph: Graph
  let tensors: [TensorInfo]
  let shapes: [Shape]
  let multiplyAdds: [Int]
  let work: [Int]
  let kernels: KernelTable
  /// Gives a tensor's elements, which are kept no longer than nodes want them.
  private let load: (Int) throws(FormatError) -> Model.Weight
  private(set) var steps: [PlanStep] = []
  /// A description of each step.
  private(set) var descriptions: [StepDescription] = []
  /// For each graph value, where the compiled network has it.
  private var places: [Place?]
  private let readers: Readers
  private var done: [Bool]
  /// By tensor, how many nodes have yet to take it, and itself where one has and another will.
  private var wanted: [Int]
  private var kept: [Model.Weight?]
  /// By tensor, what convolutions without a batch norm share; and what fully connected layers do, by the input's channels.
  private var filters: [ConvolutionFilters?]
  private var packs: [[(channels: Int, weights: AlignedBytes)]]
  /// Numbers for values that the graph does not know.
  private var nextValue: Int

  init(
    graph: Graph, tensors: [TensorInfo], facts: GraphFacts, work: [Int], kernels: KernelTable,
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
    readers = Readers(graph)
    wanted = [Int](repeating: 0, count: tensors.count)
    for node in graph.nodes { for tensor in node.operator.tensors { wanted[tensor.index] += 1 } }
    kept = [Model.Weight?](repeating: nil, count: tensors.count)
    filters = [ConvolutionFilters?](repeating: nil, count: tensors.count)
    packs = [[(channels: Int, weights: AlignedBytes)]](repeating: [], count: tensors.count)
    done = [Bool](repeating: false, count: graph.nodes.count)
    nextValue = shapes.count
    places[0] = Place(planar: shapes[0].asMap)
  }

  /// The network's result.
  var output: Place { place(shapes.count - 1) }

  mutating func compile() throws(FormatError) {
    for index in graph.nodes.indices where !done[index] {
      try compile(index)
    }
  }

  private mutating func compile(_ index: Int) throws(FormatError) {
    let node = graph.nodes[index]
    try requireMemory(128 * vectorLength(node) + 1024 * steps.count + 1 << 16)
    switch node.operator {
    case .convolution(let definition): try convolution(index, definition)
    case .linear(let definition): try linear(index, definition)
    case .batchNorm(let definition):
      simple(index, .affine(AffineLayer(try affine(definition), kernels: kernels)))
    case .relu: simple(index, .relu)
    case .maxPool(let definition): simple(index, .maxPool(definition))
    case .averagePool(let definition): simple(index, .averagePool(definition))
    case .adaptiveAveragePool: simple(index, .adaptiveAveragePool)
    case .flatten: flatten(index)
    case .silu: simple(index, .silu)
    case .sigmoid: simple(index, .sigmoid)
    case .softmax: simple(index, .softmax)
    case .add: simple(index, .add)
    case .multiply: simple(index, .multiply)
    }
  }

  // MARK: - Layers with weights, and what follows them

  private mutating func convolution(_ index: Int, _ definition: Convolution) throws(FormatError) {
    // A convolution reads the caller's planar input as it is.
    let from = place(graph.nodes[index].inputs[0])
    let shape = ConvolutionShape(definition, weight: tensors[definition.weight].shape, input: from.shape)
    var bias = try bias(definition.bias, count: shape.outputs)
    var last = index + 1
    let filters: ConvolutionFilters
    if let norm = try followingNorm(&last) {
      let weights = try weight(definition.weight).floatBytes()
      norm.fold(into: weights)
      norm.fold(into: &bias)
      filters = ConvolutionFilters(weights)
    } else {
      filters = try plainFilters(definition.weight)
    }
    let relu = followingReLU(&last)
    let pool = followingPool(&last)
    let to = Place(value: last, shape: shapes[last].asMap, lanes: kernels.lanes)
    let layer = try FusedConvolution(
      filters, shape, bias: bias, isPlanar: from.isPlanar, relu: relu, pool: pool, kernels: kernels)
    append(PlanStep(input: from, output: to, computation: .convolution(layer)), describing: index)
  }

  private mutating func linear(_ index: Int, _ definition: Linear) throws(FormatError) {
    // The input may still lie as a map.
    let from = blocked(graph.nodes[index].inputs[0])
    var last = index + 1
    let norm = try followingNorm(&last)
    let relu = followingReLU(&last)
    let weight = try weight(definition.weight)
    let shape = LinearShape(outputs: weight.info.shape[0], channels: from.shape[0], pixels: from.pixels)
    var bias = try bias(definition.bias, count: shape.outputs)
    // Scales of int8 and of a batch norm multiply the sum; without either there is nothing to multiply.
    var scale = weight.scales().map { Double($0) }
    if let norm {
      if scale.isEmpty { scale = [Double](repeating: 1, count: shape.outputs) }
      for i in scale.indices { scale[i] *= norm.scale[i] }
      norm.fold(into: &bias)
    }
    let layer = try FusedLinear(
      try packed(definition.weight, weight, shape), weight.info.type, shape, bias: bias, scale: scale,
      relu: relu, kernels: kernels)
    let to = Place(value: last, shape: shapes[last].asMap, lanes: kernels.lanes)
    append(PlanStep(input: from, output: to, computation: .linear(layer)), describing: index)
  }

  /// The one node that reads a value and nothing else does, if it is of the wanted kind; it is then done.
  private mutating func follow(_ value: inout Int, _ matches: (Operator) -> Bool) -> Operator? {
    guard let next = readers.only(value), matches(graph.nodes[next].operator) else { return nil }
    done[next] = true
    value = next + 1
    return graph.nodes[next].operator
  }

  private mutating func followingNorm(_ value: inout Int) throws(FormatError) -> FoldedNorm? {
    let next = follow(&value) { if case .batchNorm = $0 { true } else { false } }
    if case .batchNorm(let definition)? = next { return try affine(definition) }
    return nil
  }

  private mutating func followingReLU(_ value: inout Int) -> Bool {
    follow(&value) { if case .relu = $0 { true } else { false } } != nil
  }

  private mutating func followingPool(_ value: inout Int) -> Bool {
    let plain = MaxPool(window: Extent(2), stride: Extent(2))
    return follow(&value) { if case .maxPool(let pool) = $0 { pool == plain } else { false } } != nil
  }

  // MARK: - Layers without weights

  /// A vector that only fully connected layers read, or that has one pixel a channel, needs no copy; but weights are not
  /// packed for a map whose blocks are mostly empty.
  private mutating func flatten(_ index: Int) {
    let from = blocked(graph.nodes[index].inputs[0])
    let isFull = kernels.blocks(from.shape[0]) * kernels.lanes <= 2 * from.shape[0]
    if from.pixels == 1 || (isFull && readers.areLinear(index + 1)) {
      places[index + 1] = from
    } else {
      simple(index, .flatten)
    }
  }

  private mutating func simple(_ index: Int, _ computation: PlanStep.Computation) {
    let inputs = graph.nodes[index].inputs.map { blocked($0) }
    let to = Place(value: index + 1, shape: shapes[index + 1].asMap, lanes: kernels.lanes)
    append(
      PlanStep(
        input: inputs[0], second: inputs.count > 1 ? inputs[1] : nil, output: to, computation: computation),
      describing: index)
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
    let weight: Int
    switch graph.nodes[index].operator {
    case .convolution(let definition): weight = definition.weight
    case .linear(let definition): weight = definition.weight
    default: return graph.nodes[index].operator.name
    }
    let name = tensors[weight].name
    let end = name.utf8.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return String(name[..<end])
  }

  // MARK: - Values and weights

  private func place(_ value: Int) -> Place {
    places[value] ?? Place(value: value, shape: shapes[value].asMap, lanes: kernels.lanes)
  }

  /// A value in blocks; the caller's input is packed once for all that want it so.
  private mutating func blocked(_ value: Int) -> Place {
    let planar = place(value)
    guard planar.isPlanar else { return planar }
    let packed = Place(value: nextValue, shape: planar.shape, lanes: kernels.lanes)
    nextValue += 1
    steps.append(PlanStep(input: planar, output: packed, computation: .pack))
    descriptions.append(StepDescription(name: "pack", output: planar.shape, multiplyAdds: 0, work: 0))
    places[value] = packed
    return packed
  }

  /// The length of the vectors that a node names, and of those that are made of them.
  private func vectorLength(_ node: Node) -> Int {
    switch node.operator {
    case .convolution(let definition): tensors[definition.weight].shape[0]
    case .linear(let definition): tensors[definition.weight].shape[0]
    case .batchNorm(let definition): tensors[definition.weight].shape[0]
    default: 0
    }
  }

  /// A tensor for one of the nodes that name it; the file is read once for all of them.
  private mutating func weight(_ index: Int) throws(FormatError) -> Model.Weight {
    let weight: Model.Weight
    if let known = kept[index] { weight = known } else { weight = try load(index) }
    wanted[index] -= 1
    kept[index] = wanted[index] > 0 ? weight : nil
    return weight
  }

  private mutating func plainFilters(_ index: Int) throws(FormatError) -> ConvolutionFilters {
    let weight = try weight(index)
    if let known = filters[index] { return known }
    let made = ConvolutionFilters(try weight.floatBytes())
    filters[index] = made
    return made
  }

  /// A fully connected layer's weights for the way in which its input lies.
  private mutating func packed(
    _ index: Int, _ weight: Model.Weight, _ shape: LinearShape
  ) throws(FormatError) -> AlignedBytes {
    for known in packs[index] where known.channels == shape.channels { return known.weights }
    let made = try FusedLinear.pack(weight, shape, kernels)
    packs[index].append((shape.channels, made))
    return made
  }

  private mutating func bias(_ index: Int?, count: Int) throws(FormatError) -> [Float] {
    guard let index else { return [Float](repeating: 0, count: count) }
    return try weight(index).floats()
  }

  private mutating func affine(_ norm: BatchNorm) throws(FormatError) -> FoldedNorm {
    FoldedNorm(
      weight: try weight(norm.weight).floats(), bias: try weight(norm.bias).floats(),
      mean: try weight(norm.mean).floats(), variance: try weight(norm.variance).floats(),
      epsilon: norm.epsilon)
  }
}

extension Shape {
  /// A vector as a map of one pixel.
  var asMap: Shape { rank == 3 ? self : Shape(count, 1, 1) }
}
