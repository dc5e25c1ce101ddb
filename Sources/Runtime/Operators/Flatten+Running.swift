internal import FermFormat
internal import FermKernels

extension Flatten: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  /// A vector that only such operators read as read maps as they lie, or that has one pixel a channel, needs no copy; but
  /// weights are not packed for a map whose blocks are mostly empty.
  func addSteps(of node: Int, to compiler: inout Compiler) {
    let from = compiler.input(of: node)
    let kernels = compiler.kernels
    let isFull = kernels.blocks(from.shape[0]) * kernels.lanes <= 2 * from.shape[0]
    if from.pixels == 1 || (isFull && compiler.uses.allReadMaps(node + 1)) {
      compiler.put(node + 1, at: from)
      return
    }
    compiler.add(
      .images { task, image in
        // SAFETY: both values have the same number of elements, and a vector in blocks is contiguous.
        unsafe task.output(image).update(repeating: 0, count: task.step.output.pitch)
        unsafe ferm_unpack_blocks(
          task.input(image), task.output(image), Int32(task.step.input.shape[0]), task.lanes,
          Int32(task.step.input.pixels))
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}
