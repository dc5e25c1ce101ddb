internal import FermFormat

extension Pad: RuntimeOperator {
  var fusion: Fusion { front == 0 && padding == Padding() ? .widening : .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) {
    let (front, padding) = (front, padding)
    compiler.add(
      .images { task, image in
        unsafe task.output(image).update(repeating: 0, count: task.step.output.pitch)
        unsafe task.place(
          task.input(image), task.step.input.shape, image, channel: front, row: padding.top,
          column: padding.left)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    2 * counter.elements(of: node) * CostCounter.Units.element
  }
}
