internal import FermFormat
internal import FermKernels

extension Add: RuntimeOperator {
  var fusion: Fusion { .sum }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(.images { task, image in task.combine(multiplying: false, image) }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}

extension Multiply: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(.images { task, image in task.combine(multiplying: true, image) }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}

extension MapTask {
  /// The sum or product of two values, with broadcast.
  fileprivate func combine(multiplying: Bool, _ image: Int) {
    unsafe kernels.table.pointee.combine(
      multiplying ? 1 : 0, input(image), ferm_extents(step.input.shape), other(0, image),
      ferm_extents(step.others[0].shape),
      output(image), ferm_extents(step.output.shape))
  }
}
