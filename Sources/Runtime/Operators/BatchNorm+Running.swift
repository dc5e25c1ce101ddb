internal import FermFormat
internal import FermKernels

/// A batch norm that no layer before it could take over: `x * scale + shift` by channel.
extension BatchNorm: RuntimeOperator {
  var fusion: Fusion { .norm(self) }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) throws(FormatError) {
    let layer = AffineLayer(try folded(&compiler), kernels: compiler.kernels)
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.affine(
          task.input(image), task.output(image), Int32(task.blocks), task.pixels, layer.scale, layer.shift)
      }, for: node)
  }

  /// The norm as a factor and a summand for each channel.
  func folded(_ compiler: inout Compiler) throws(FormatError) -> FoldedNorm {
    FoldedNorm(
      weight: try compiler.weight(weight).floats(), bias: try compiler.weight(bias).floats(),
      mean: try compiler.weight(mean).floats(), variance: try compiler.weight(variance).floats(),
      epsilon: epsilon)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.weightBytes += 8 * Int64(counter.tensors[weight].shape.count.inWhole(CostCounter.lanes))
    return counter.elements(of: node) * CostCounter.Units.element
  }
}

/// The factors and summands of a batch norm.
private struct AffineLayer: Sendable {
  /// Filled up to whole blocks with zeros.
  let scale: [Float]
  let shift: [Float]

  init(_ norm: FoldedNorm, kernels: KernelTable) {
    let channels = norm.scale.count
    let zeros = [Float](repeating: 0, count: kernels.blocks(channels) * kernels.lanes - channels)
    scale = norm.scale.map { Float($0) } + zeros
    shift = norm.shift.map { Float($0) } + zeros
  }
}
