internal import FermFormat
internal import FermKernels

extension HardSwish: RuntimeOperator {
  var fusion: Fusion { .activation(.hardSwish) }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.hard_swish(
          task.input(image), task.output(image), task.step.output.pitch)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}
