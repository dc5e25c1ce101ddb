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

  /// What so many numbers take in the copies that are multiplied: a float each, or one for a pair.
  private func units(_ count: Int) -> Int { (count + kernels.inUnit - 1) / kernels.inUnit }

  /// A task that lacks what it computes.
  private func task(_ x: Tensor, _ memory: TensorMemory, _ tape: Tape) -> ferm_training_linear {
    var task = unsafe ferm_training_linear()
    unsafe task.rows = Int32(rows)
    unsafe task.inputs = Int32(inputs)
    unsafe task.outputs = Int32(outputs)
    unsafe task.x = memory.reading(x)
    unsafe task.scratch_size = ferm_training_linear_scratch(kernels.table, Int32(rows))
    unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
    return unsafe task
  }

  /// `x` `[rows, inputs]` -> `[rows, outputs]`.
  func run(_ x: Tensor, weight: Tensor, bias: Tensor?, _ tape: Tape) -> Tensor {
    let y = tape.tensor(Shape(rows, outputs))
    withMemory { memory in
      var task = unsafe task(x, memory, tape)
      // SAFETY: the sizes here and below are those that the header asks for.
      unsafe task.weights = memory.reading(weight)
      unsafe task.bias = memory.reading(bias)
      unsafe task.columns = memory.writing(
        tape.tensor(Shape(kernels.panels(rows) * kernels.columns, units(inputs))))
      unsafe task.y = memory.writing(y)
      unsafe tape.run(&task, kernels.products.linear_columns)
      unsafe task.next = 0
      unsafe tape.run(&task, kernels.products.linear)
    }
    return y
  }

  /// Fills the gradient of the weights from the outputs' gradient `dy` `[rows, outputs]`.
  func addGradient(_ x: Tensor, _ dy: Tensor, weight: Parameter, _ tape: Tape) {
    guard let gradient = weight.gradientToFill() else { return }
    withMemory { memory in
      var task = unsafe task(x, memory, tape)
      unsafe task.dy = memory.reading(dy)
      unsafe task.panels = memory.writing(
        tape.tensor(Shape(kernels.panels(inputs) * kernels.columns, units(rows))))
      unsafe task.transposed = memory.writing(tape.tensor(Shape(outputs, units(rows))))
      unsafe task.gradient = memory.writing(gradient.tensor)
      unsafe task.accumulate = gradient.accumulate ? 1 : 0
      unsafe tape.run(&task, kernels.products.linear_panels)
      unsafe task.next = 0
      unsafe tape.run(&task, kernels.products.linear_gradient)
    }
  }

  /// The gradient of `x`, `[rows, inputs]`.
  func gradient(_ x: Tensor, _ dy: Tensor, weight: Tensor, _ tape: Tape) -> Tensor {
    let dx = tape.tensor(Shape(rows, inputs))
    withMemory { memory in
      var task = unsafe task(x, memory, tape)
      unsafe task.weights = memory.reading(weight)
      unsafe task.dy = memory.reading(dy)
      unsafe task.dx = memory.writing(dx)
      unsafe tape.run(&task, kernels.products.linear_back)
    }
    return dx
  }
}
