internal import FermFormat
internal import FermKernels

extension Softmax: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.softmax(
          task.input(image), task.output(image), task.channels, task.lanes, task.pixels)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    let output = counter.output(of: node)
    return (Int64(output.count) + Int64(output[1] * output[2])) * CostCounter.Units.softmax
  }
}
