internal import FermFormat

extension Linear: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { true }

  /// One step, with a batch norm and a rectifier that follow.
  func addSteps(of node: Int, to compiler: inout Compiler) throws(FormatError) {
    // The input may still lie as a map.
    let from = compiler.input(of: node)
    var last = node + 1
    let norm = try compiler.followingNorm(&last)
    let relu = compiler.followingReLU(&last)
    let weights = try compiler.weight(weight)
    let shape = LinearShape(outputs: weights.info.shape[0], channels: from.shape[0], pixels: from.pixels)
    var summands = try compiler.bias(bias, count: shape.outputs)
    // Scales of int8 and of a batch norm multiply the sum; without either there is nothing to multiply.
    var scale = weights.scales().map { Double($0) }
    if let norm {
      if scale.isEmpty { scale = [Double](repeating: 1, count: shape.outputs) }
      for i in scale.indices { scale[i] *= norm.scale[i] }
      norm.fold(into: &summands)
    }
    let layer = try FusedLinear(
      try compiler.packed(weight, weights, shape), bias: summands, scale: scale, relu: relu,
      kernels: compiler.kernels)
    compiler.add(.linear(layer), from: from, to: last, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    let value = counter.graph.nodes[node].inputs[0]
    let info = counter.tensors[weight]
    var (depth, channels) = (Int64(info.shape[1].inWhole(CostCounter.lanes)), info.shape[1])
    // Behind a flatten it may read the map as it lies.
    if value > 0, case .flatten = counter.graph.nodes[value - 1].operator {
      let map = counter.input(of: value - 1)
      (depth, channels) = (max(depth, min(map.blockedCount, 2 * depth)), map[0])
    }
    let outputs = Int64(info.shape[0].inWhole(CostCounter.columns))
    let packed = outputs * depth
    if !counter.linearForms[weight].contains(channels) {
      counter.linearForms[weight].append(channels)
      counter.weightBytes += Int64(info.type.width) * packed
    }
    counter.weightBytes += 8 * outputs
    return packed * CostCounter.Units.weight
  }
}
