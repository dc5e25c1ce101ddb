internal import FermFormat

extension Convolution: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  /// One step, with what follows as far as it can be done on the way: a batch norm, the sum with a map, an activation, 2x2 pooling.
  func addSteps(of node: Int, to compiler: inout Compiler) throws(FormatError) {
    // A convolution reads the caller's planar input as it is.
    let from = compiler.place(compiler.graph.nodes[node].inputs[0])
    let shape = ConvolutionShape(self, weight: compiler.tensors[weight].shape, input: from.shape)
    var summands = try compiler.bias(bias, count: shape.outputs)
    var last = node + 1
    let filters: ConvolutionFilters
    if let norm = try compiler.followingNorm(&last) {
      norm.fold(into: &summands)
      filters = ConvolutionFilters(try compiler.weight(weight), norm: norm)
    } else {
      filters = try compiler.plainFilters(weight)
    }
    let addend = compiler.followingAddend(&last)
    let rectifies = compiler.followingReLU(&last)
    let activation = rectifies ? nil : compiler.followingActivation(&last)
    let ending = FusedConvolution.Ending(
      adds: addend != nil, activation: activation ?? (rectifies && addend != nil ? .rectifier : .none))
    // Depthwise layers leave pooling to a step of its own, as they have no panels to take the largest in; so does what ends otherwise.
    let canPool = ending.isEmpty && (!shape.isDepthwise || from.isPlanar)
    let pool = canPool && compiler.followingPool(&last)
    let layer = try FusedConvolution(
      filters, shape, bias: summands, isPlanar: from.isPlanar, relu: rectifies && addend == nil, pool: pool,
      ending: ending, kernels: compiler.kernels)
    compiler.add(
      .convolution(layer), from: from, others: addend.map { [$0] } ?? [], to: last, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    let (input, output) = (counter.input(of: node), counter.output(of: node))
    let shape = ConvolutionShape(self, weight: counter.tensors[weight].shape, input: input)
    // The caller's input lies channel by channel.
    let isPlanar = counter.graph.nodes[node].inputs[0] == 0
    let isDepthwise = shape.isDepthwise && !isPlanar
    let lanes = isPlanar ? 1 : CostCounter.lanes
    let most =
      isDepthwise
      ? (filters: DepthwiseMethod.filters(shape, lanes: lanes), copy: 0)
      : DirectMethod.most(shape, lanes: lanes, columns: CostCounter.columns)
    counter.countFilters(weight)
    if counter.isFolded(node) || !counter.isPacked[weight] {
      counter.weightBytes += 4 * most.filters
      if !counter.isFolded(node) { counter.isPacked[weight] = true }
    }
    counter.weightBytes += 4 * Int64(shape.outputs.inWhole(CostCounter.columns))
    counter.largestCopy = max(counter.largestCopy, most.copy)
    if isDepthwise {
      return output.blockedCount * (Int64(shape.taps) * CostCounter.Units.pooled + CostCounter.Units.element)
    }
    return most.filters * max(Int64(shape.pixels), CostCounter.Units.weight)
      + (most.copy + output.blockedCount) * CostCounter.Units.element
  }
}

extension CostCounter {
  /// Whether a batch norm is folded into a node's weights, so that no other node can share them.
  fileprivate func isFolded(_ node: Int) -> Bool {
    guard let next = uses.onlyNode(taking: node + 1), case .norm = graph.nodes[next].operator.fusion else {
      return false
    }
    return true
  }
}
