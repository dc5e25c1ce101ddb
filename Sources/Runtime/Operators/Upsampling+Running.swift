internal import FermFormat
internal import FermKernels

extension UpsampleNearest: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    let scale = scale
    compiler.add(
      .planes(scratch: 0) { task, planes, _ in
        unsafe task.kernels.table.pointee.upsample_nearest(
          ferm_upsampling(task.step.input.shape, scale), task.from, task.step.input.pitch, task.to,
          task.step.output.pitch, Int32(task.blocks), planes.lowerBound, planes.upperBound)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}

extension UpsampleBilinear: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    let scale = scale
    // Room for one row of the input.
    let row = compiler.input(of: node).shape[2] * compiler.kernels.lanes
    compiler.add(
      .planes(scratch: row) { task, planes, part in
        // SAFETY: the session took as much scratch for each part as its step that wants most.
        unsafe task.kernels.table.pointee.upsample_bilinear(
          ferm_upsampling(task.step.input.shape, scale), task.from, task.step.input.pitch, task.to,
          task.step.output.pitch, Int32(task.blocks), planes.lowerBound, planes.upperBound,
          task.scratch + part * row)
      }, for: node)
  }

  /// For each element four products and the sums of them, and a row of the input's for each of the output's.
  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * (CostCounter.Units.element + 8 * CostCounter.Units.pooled)
  }
}

extension ferm_upsampling {
  fileprivate init(_ shape: Shape, _ scale: Extent) {
    self.init(
      height: Int32(shape[1]), width: Int32(shape[2]), scale: (Int32(scale.height), Int32(scale.width)))
  }
}
