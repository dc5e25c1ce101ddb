internal import FermFormat
internal import FermKernels

extension Sigmoid: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.sigmoid(
          task.input(image), task.output(image), task.step.output.pitch)
        // The function is 1/2 where no channel is.
        unsafe ferm_clear_lanes(task.output(image), task.channels, task.lanes, task.pixels)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.exponential
  }
}
