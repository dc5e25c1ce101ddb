internal import FermFormat
internal import FermKernels

extension Clip: RuntimeOperator {
  /// Where zero stays zero, as no channel's lanes must.
  var fusion: Fusion { low <= 0 && high >= 0 ? .activation(.clip(low: low, high: high)) : .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    let (low, high) = (low, high)
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.clip(
          task.input(image), task.output(image), task.step.output.pitch, low, high)
        // Where no channel is, the bounds may leave out zero.
        if low > 0 || high < 0 {
          unsafe ferm_clear_lanes(task.output(image), task.channels, task.lanes, task.pixels)
        }
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.elements(of: node) * CostCounter.Units.element
  }
}
