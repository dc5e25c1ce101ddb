internal import FermFormat
internal import FermKernels

extension Add: RuntimeOperator {
  var fusion: Fusion { .none }
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
      multiplying ? 1 : 0, input(image), step.input.extents, other(0, image), step.others[0].extents,
      output(image), step.output.extents)
  }
}

extension Place {
  fileprivate var extents: ferm_extents {
    ferm_extents(of: (Int32(shape[0]), Int32(shape[1]), Int32(shape[2])))
  }
}
