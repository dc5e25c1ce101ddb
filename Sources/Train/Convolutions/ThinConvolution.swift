internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A convolution of a row-major tensor with few channels, whose gradient is not needed: a network's first layer.
struct ThinConvolution: TrainingConvolution {
  private let kernels: KernelTable
  private let shape: ConvolutionShape

  /// Nil where windows have more than 64 elements, and for groups.
  init?(_ problem: ConvolutionProblem) {
    guard let kernels = problem.kernels, !problem.isMap, !problem.needsGradient, problem.shape.groups == 1,
      problem.shape.depth <= 64
    else { return nil }
    self.kernels = kernels
    shape = problem.shape
  }

  /// The convolution by its definition, but for filters and results.
  private func task(_ x: Tensor, _ memory: TensorMemory, _ tape: Tape) -> ferm_direct {
    var task = unsafe shape.directTask(wanted: shape.outSize, lanes: 1, kernels)
    unsafe task.images = Int32(x.shape[0])
    unsafe task.depth = Int32(shape.depth)
    // SAFETY: offsets stay within a padded image, and scratch has room for one.
    unsafe task.offsets = memory.reading(
      (0..<shape.depth).map { Int32(shape.offset(ofStep: $0, lanes: 1)) })
    unsafe task.pixel_offsets = memory.reading(
      (0..<shape.pixels).map { Int32(shape.offset(ofPixel: $0, rowLength: shape.outSize.width, lanes: 1)) })
    unsafe task.input = memory.reading(x)
    unsafe task.pitch = shape.channels * shape.size.height * shape.size.width
    unsafe task.out_pitch = kernels.blocks(shape.outputs) * kernels.lanes * shape.pixels
    unsafe task.scratch_size = (shape.channels * shape.plane(lanes: 1) + 15) / 16 * 16
    unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
    return unsafe task
  }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    let tape = x.tape
    let output = tape.map(Shape(x.shape[0], shape.outputs, shape.outSize.height, shape.outSize.width))
    let filters = tape.tensor(Shape(kernels.panels(shape.outputs), shape.depth, kernels.columns))
    let biases = tape.zeros(Shape(kernels.panels(shape.outputs), kernels.columns))
    if let bias { bias.withSpan { from in for i in from.indices { biases[i] = from[i] } } }
    withMemory { memory in
      let packed = unsafe memory.writing(filters)
      // SAFETY: there is a filter of each channel for each output, and room for all panels.
      let plain = unsafe memory.reading(weight)
      for panel in 0..<kernels.panels(shape.outputs) {
        unsafe ferm_direct_pack(
          kernels.table, plain + panel * kernels.columns * shape.depth, Int32(shape.outputs),
          Int32(shape.channels), 1, Int32(shape.taps), 0, Int32(shape.channels), 0, Int32(panel), packed)
      }
      var task = unsafe self.task(x.value, memory, tape)
      unsafe task.filters = UnsafePointer(packed)
      unsafe task.bias = memory.reading(biases)
      unsafe task.output = memory.writing(output)
      unsafe tape.run(&task, kernels.table.pointee.products.direct)
    }
    return .map(output)
  }

  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?
  ) {
    let (dy, tape) = (result.map(gradient), x.tape)
    let (images, depth, row) = (dy.images, shape.depth, dy.blocks * dy.lanes)
    let sums = tape.tensor(Shape(images, depth + 1, row))
    withMemory { memory in
      var task = unsafe ferm_thin_gradient()
      unsafe task.map = self.task(x.value, memory, tape)
      unsafe task.dy = memory.reading(dy)
      unsafe task.sums = memory.writing(sums)
      unsafe tape.run(&task, kernels.training.pointee.thin_gradient)
    }
    // Each image's sums are those of its filters, and then of its bias.
    sums.withSpan { sums in
      weight.gradient?.withMutableSpan { dw in
        for n in 0..<images {
          for k in 0..<depth {
            let from = (n * (depth + 1) + k) * row
            for o in 0..<shape.outputs { dw[o * depth + k] += sums[from + o] }
          }
        }
      }
      bias?.gradient?.withMutableSpan { db in
        for n in 0..<images {
          let from = (n * (depth + 1) + depth) * row
          for o in 0..<shape.outputs { db[o] += sums[from + o] }
        }
      }
    }
  }
}
