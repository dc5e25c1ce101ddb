internal import FermFormat

/// Turns a graph into steps: folds batch norm, fuses ReLU, and lets fully connected layers read maps as they lie.
struct Compiler {
  let model: Model
  let shapes: [Shape]
  let multiplyAdds: [Int]
  private(set) var steps: [Step] = []
  /// A description of each step.
  private(set) var operations: [Operation] = []
  /// For each graph value, where the compiled network has it.
  private var places: [Place?]
  private var uses: [Int]
  private var done: [Bool]
  private var weights: [[Float]?]

  init(model: Model, facts: GraphFacts) {
    self.model = model
    shapes = facts.shapes
    multiplyAdds = facts.multiplyAdds
    places = [Place?](repeating: nil, count: shapes.count)
    uses = [Int](repeating: 0, count: shapes.count)
    done = [Bool](repeating: false, count: model.graph.nodes.count)
    weights = [[Float]?](repeating: nil, count: model.tensors.count)
    for node in model.graph.nodes { for value in node.inputs { uses[value] += 1 } }
    places[0] = Place(value: 0, shape: shapes[0].asMap)
  }

  var inputValue: Place { place(0) }
  var outputValue: Place { place(shapes.count - 1) }

  mutating func compile() throws(FormatError) {
    for index in model.graph.nodes.indices where !done[index] {
      try compile(index)
    }
  }

  private mutating func compile(_ index: Int) throws(FormatError) {
    let node = model.graph.nodes[index]
    switch node.operation {
    case .convolution(let definition):
      let shape = model.tensors[definition.weight].info.shape
      let filters = filters(
        definition.weight, definition.bias, window: Extent(height: shape[2], width: shape[3]))
      try emit(
        index, filters, stride: definition.stride, padding: definition.padding, groups: definition.groups)
    case .linear(let definition):
      // The input may still lie as a map; the window is then the whole map.
      let map = place(node.inputs[0]).shape
      let filters = filters(
        definition.weight, definition.bias, window: Extent(height: map[1], width: map[2]))
      try emit(index, filters)
    case .batchNorm(let definition):
      let (scale, shift) = affine(definition)
      simple(index) {
        .affine(
          AffineStep(input: $0, output: $1, scale: scale.map { Float($0) }, shift: shift.map { Float($0) }))
      }
    case .relu: simple(index) { .relu(ReLUStep(input: $0, output: $1)) }
    case .maxPool(let definition):
      simple(index) { .maxPool(MaxPoolStep(input: $0, output: $1, definition: definition)) }
    case .adaptiveAveragePool: simple(index) { .averagePool(AveragePoolStep(input: $0, output: $1)) }
    case .flatten: flatten(index)
    }
  }

  /// A vector that only fully connected layers read, or that has one pixel a channel, needs no copy.
  private mutating func flatten(_ index: Int) {
    let from = place(model.graph.nodes[index].inputs[0])
    var onlyLinear = true
    for node in model.graph.nodes where node.inputs.contains(index + 1) {
      if case .linear = node.operation { continue }
      onlyLinear = false
    }
    if from.shape[1] * from.shape[2] == 1 || (onlyLinear && uses[index + 1] > 0) {
      places[index + 1] = from
    } else {
      simple(index) { .flatten(FlattenStep(input: $0, output: $1)) }
    }
  }

  private mutating func simple(_ index: Int, _ make: (Place, Place) -> Step) {
    let from = place(model.graph.nodes[index].inputs[0])
    let to = Place(value: index + 1, shape: shapes[index + 1].asMap)
    places[index + 1] = to
    steps.append(make(from, to))
    describe(index)
  }

  private mutating func describe(_ index: Int) {
    let operation = model.graph.nodes[index].operation
    var name = operation.name
    switch operation {
    case .convolution(let definition): name = layer(definition.weight)
    case .linear(let definition): name = layer(definition.weight)
    default: break
    }
    operations.append(
      Operation(name: name, output: shapes[index + 1], multiplyAdds: multiplyAdds[index]))
  }

  /// `conv1a` for the tensor `conv1a.weight`.
  private func layer(_ weight: Int) -> String {
    let name = model.tensors[weight].info.name
    let end = name.utf8.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return String(name[..<end])
  }

  /// A convolution, and what follows it as long as nobody else reads what lies between.
  private mutating func emit(
    _ index: Int, _ filters: Filters, stride: Extent = Extent(1), padding: Padding = Padding(),
    groups: Int = 1
  ) throws(FormatError) {
    var filters = filters
    var last = index + 1
    if let next = onlyReader(of: last), case .batchNorm(let definition) = model.graph.nodes[next].operation {
      let (scale, shift) = affine(definition)
      filters.fold(scale: scale, shift: shift)
      done[next] = true
      last = next + 1
    }
    var relu = false
    if let next = onlyReader(of: last), case .relu = model.graph.nodes[next].operation {
      relu = true
      done[next] = true
      last = next + 1
    }
    let from = place(model.graph.nodes[index].inputs[0])
    let to = Place(value: last, shape: shapes[last].asMap)
    places[last] = to
    steps.append(
      .convolution(
        try ConvolutionStep(
          input: from, output: to, filters: filters, stride: stride, padding: padding, groups: groups,
          relu: relu)))
    describe(index)
  }

  private func onlyReader(of value: Int) -> Int? {
    guard uses[value] == 1 else { return nil }
    return model.graph.nodes.firstIndex { $0.inputs.contains(value) }
  }

  private func place(_ value: Int) -> Place {
    places[value] ?? Place(value: value, shape: shapes[value].asMap)
  }

  private func filters(_ weight: Int, _ bias: Int?, window: Extent) -> Filters {
    let tensor = model.tensors[weight]
    let outputs = tensor.info.shape[0]
    return Filters(
      weights: tensor.floats(),
      bias: bias.map { model.tensors[$0].floats() } ?? [Float](repeating: 0, count: outputs),
      outputs: outputs, depth: tensor.info.shape.count / outputs, window: window)
  }

  /// Batch norm as a factor and a summand, in fp64.
  private func affine(_ norm: BatchNorm) -> (scale: [Double], shift: [Double]) {
    let weight = model.tensors[norm.weight].floats()
    let bias = model.tensors[norm.bias].floats()
    let mean = model.tensors[norm.mean].floats()
    let variance = model.tensors[norm.variance].floats()
    var scale: [Double] = []
    var shift: [Double] = []
    for c in weight.indices {
      let factor = Double(weight[c]) / (Double(variance[c]) + Double(norm.epsilon)).squareRoot()
      scale.append(factor)
      shift.append(Double(bias[c]) - Double(mean[c]) * factor)
    }
    return (scale, shift)
  }
}

extension Shape {
  /// A vector as a map of one pixel.
  var asMap: Shape { rank == 3 ? self : Shape(count, 1, 1) }
}
