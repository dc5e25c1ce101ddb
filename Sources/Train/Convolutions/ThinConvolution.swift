internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A convolution of a row-major tensor with few channels, whose gradient is not needed: a network's first layer.
struct ThinConvolution: ConvolutionMethod {
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

  /// A task that lacks what it computes.
  private func task(_ x: Tensor, _ memory: TensorMemory, _ tape: Tape) -> ferm_thin {
    var task = unsafe ferm_thin()
    unsafe task.images = Int32(x.shape[0])
    unsafe task.channels = Int32(shape.channels)
    unsafe task.height = Int32(shape.size.height)
    unsafe task.width = Int32(shape.size.width)
    unsafe task.pad_top = Int32(shape.padding.top)
    unsafe task.pad_left = Int32(shape.padding.left)
    unsafe task.padded_height = Int32(shape.padded.height)
    unsafe task.padded_width = Int32(shape.padded.width)
    unsafe task.pixels = Int32(shape.pixels)
    unsafe task.out_blocks = Int32(kernels.blocks(shape.outputs))
    unsafe task.panels = Int32(kernels.panels(shape.outputs))
    unsafe task.depth = Int32(shape.depth)
    // SAFETY: offsets stay within a padded image, and scratch is as large as the header says.
    unsafe task.offsets = memory.reading(
      (0..<shape.depth).map { Int32(shape.offset(ofWeight: $0, lanes: 1)) })
    unsafe task.pixel_offsets = memory.reading(
      (0..<shape.pixels).map { Int32(shape.offset(ofPixel: $0, rowLength: shape.outSize.width, lanes: 1)) })
    unsafe task.x = memory.reading(x)
    unsafe task.scratch_size = (shape.channels * shape.plane(lanes: 1) + 15) / 16 * 16
    unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
    return unsafe task
  }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    let (depth, columns, tape) = (shape.depth, kernels.columns, x.tape)
    let output = tape.map(Shape(x.shape[0], shape.outputs, shape.outSize.height, shape.outSize.width))
    let filters = tape.zeros(Shape(kernels.panels(shape.outputs), depth, columns))
    let biases = tape.zeros(Shape(kernels.panels(shape.outputs), columns))
    for o in 0..<shape.outputs {
      let panel = o / columns * depth * columns + o % columns
      for k in 0..<depth { filters[panel + k * columns] = weight[o * depth + k] }
      if let bias { biases[o] = bias[o] }
    }
    withMemory { memory in
      var task = unsafe task(x.value, memory, tape)
      unsafe task.filters = memory.reading(filters)
      unsafe task.bias = memory.reading(biases)
      unsafe task.y = memory.writing(output)
      unsafe tape.run(&task, kernels.training.pointee.thin)
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
      var task = unsafe task(x.value, memory, tape)
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
