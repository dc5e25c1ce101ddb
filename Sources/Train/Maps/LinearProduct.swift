internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A fully connected layer by the kernels' matrix product, which reads the weights where they lie.
struct LinearProduct {
  let kernels: KernelTable
  let rows: Int
  let inputs: Int
  let outputs: Int

  /// Nil where inputs do not fill whole registers.
  init?(_ kernels: KernelTable, rows: Int, inputs: Int, outputs: Int) {
    guard inputs % kernels.lanes == 0 else { return nil }
    self.kernels = kernels
    self.rows = rows
    self.inputs = inputs
    self.outputs = outputs
  }

  private func task(_ x: Tensor, _ scratch: Tensor) -> ferm_training_linear {
    var task = ferm_training_linear()
    task.rows = Int32(rows)
    task.inputs = Int32(inputs)
    task.outputs = Int32(outputs)
    task.x = UnsafePointer(x.data)
    task.scratch = scratch.data
    task.scratch_size = ferm_training_linear_scratch(kernels.table, Int32(rows))
    return task
  }

  private func scratch(_ tape: Tape) -> Tensor {
    tape.tensor(Shape(ferm_training_linear_scratch(kernels.table, Int32(rows)) * tape.threads))
  }

  /// `x` `[rows, inputs]` -> `[rows, outputs]`.
  func run(_ x: Tensor, weight: Tensor, bias: Tensor?, _ tape: Tape) -> Tensor {
    let y = tape.tensor(Shape(rows, outputs))
    let columns = tape.tensor(Shape(kernels.panels(rows) * kernels.columns, inputs))
    let scratch = scratch(tape)
    var task = task(x, scratch)
    task.weights = UnsafePointer(weight.data)
    task.bias = bias.map { UnsafePointer($0.data) }
    task.columns = columns.data
    task.y = y.data
    tape.run(&task, kernels.training.pointee.linear_columns)
    task.next = 0
    tape.run(&task, kernels.training.pointee.linear)
    withExtendedLifetime((columns, scratch)) {}
    return y
  }

  /// Fills the gradient of the weights from the outputs' gradient `dy` `[rows, outputs]`.
  func addGradient(_ x: Tensor, _ dy: Tensor, weight: Parameter, _ tape: Tape) {
    guard let gradient = weight.gradientToFill() else { return }
    let panels = tape.tensor(Shape(kernels.panels(inputs) * kernels.columns, rows))
    let transposed = tape.tensor(Shape(outputs, rows))
    let scratch = scratch(tape)
    var task = task(x, scratch)
    task.dy = UnsafePointer(dy.data)
    task.panels = panels.data
    task.transposed = transposed.data
    task.gradient = gradient.tensor.data
    task.accumulate = gradient.accumulate ? 1 : 0
    tape.run(&task, kernels.training.pointee.linear_panels)
    task.next = 0
    tape.run(&task, kernels.training.pointee.linear_gradient)
    withExtendedLifetime((panels, transposed, scratch)) {}
  }

  /// The gradient of `x`, `[rows, inputs]`.
  func gradient(_ x: Tensor, _ dy: Tensor, weight: Tensor, _ tape: Tape) -> Tensor {
    let dx = tape.tensor(Shape(rows, inputs))
    let scratch = scratch(tape)
    var task = task(x, scratch)
    task.weights = UnsafePointer(weight.data)
    task.dy = UnsafePointer(dy.data)
    task.dx = dx.data
    tape.run(&task, kernels.training.pointee.linear_back)
    withExtendedLifetime(scratch) {}
    return dx
  }
}
