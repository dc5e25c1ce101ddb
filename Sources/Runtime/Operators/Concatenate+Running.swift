internal import FermFormat

extension Concatenate: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  /// One step; an input that begins within a block of the output's channels is moved across lanes.
  func addSteps(of node: Int, to compiler: inout Compiler) {
    compiler.add(
      .images { task, image in
        unsafe task.place(task.input(image), task.step.input.shape, image, channel: 0)
        var channel = task.step.input.shape[0]
        for (index, other) in task.step.others.enumerated() {
          unsafe task.place(task.other(index, image), other.shape, image, channel: channel)
          channel += other.shape[0]
        }
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    let inputs = counter.graph.nodes[node].inputs.reduce(0) { $0 + counter.facts.shapes[$1].blockedCount }
    return max(inputs, counter.output(of: node).blockedCount) * CostCounter.Units.element
  }
}
