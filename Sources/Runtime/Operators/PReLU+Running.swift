internal import FermFormat
internal import FermKernels

extension PReLU: RuntimeOperator {
  var fusion: Fusion { .none }
  var readsMaps: Bool { false }

  func addSteps(of node: Int, to compiler: inout Compiler) throws(FormatError) {
    let channels = compiler.input(of: node).shape[0]
    let whole = compiler.kernels.blocks(channels) * compiler.kernels.lanes
    try requireMemory(16 * whole + 1 << 16)
    var slopes = try compiler.weight(slope).floats()
    // One slope is that of all channels; lanes without a channel are zero, whatever they are multiplied by.
    let last = slopes.count == 1 ? slopes[0] : 0
    slopes += [Float](repeating: last, count: whole - slopes.count)
    let filled = slopes
    compiler.add(
      .images { task, image in
        unsafe task.kernels.table.pointee.prelu(
          task.input(image), task.output(image), Int32(task.blocks), task.pixels, filled)
      }, for: node)
  }

  func work(of node: Int, in counter: inout CostCounter) -> Int64 {
    counter.weightBytes += 4 * Int64(counter.output(of: node)[0].inWhole(CostCounter.lanes))
    return counter.elements(of: node) * CostCounter.Units.element
  }
}
