internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A convolution whose outputs each see their own input channel alone, maps to maps: a register holds a pixel of as many
/// channels as it has lanes. Always in fp32, as there is nothing to sum in pairs.
struct DepthwiseConvolution: TrainingConvolution {
  let kernels: KernelTable
  let shape: ConvolutionShape

  /// Nil for all others.
  init?(_ problem: ConvolutionProblem) {
    guard let kernels = problem.kernels, problem.shape.isDepthwise else { return nil }
    self.kernels = kernels
    shape = problem.shape
  }

  var blocks: Int { kernels.blocks(shape.channels) }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    let (tape, input) = (x.tape, x.map)
    let output = tape.map(Shape(input.images, shape.outputs, shape.outSize.height, shape.outSize.width))
    let biases = tape.zeros(Shape(blocks * kernels.lanes))
    if let bias { bias.withSpan { from in for i in from.indices { biases[i] = from[i] } } }
    withMemory { memory in
      var task = unsafe task(input, weight, outPitch: output.pitch, memory, tape)
      // SAFETY: sizes and strides are those of the maps.
      unsafe task.output = memory.writing(output)
      unsafe task.bias = memory.reading(biases)
      unsafe tape.run(&task, kernels.table.pointee.depthwise)
    }
    return .map(output)
  }

  /// The forward convolution of `x`, but for bias and results.
  func task(
    _ x: Map, _ weight: Tensor, outPitch: Int, _ memory: TensorMemory, _ tape: Tape
  ) -> ferm_depthwise {
    var task = unsafe ferm_depthwise()
    unsafe task.images = Int32(x.images)
    unsafe task.height = Int32(shape.size.height)
    unsafe task.width = Int32(shape.size.width)
    unsafe task.blocks = Int32(blocks)
    unsafe task.out_height = Int32(shape.outSize.height)
    unsafe task.out_width = Int32(shape.outSize.width)
    unsafe task.window = (Int32(shape.window.height), Int32(shape.window.width))
    unsafe task.stride = (Int32(shape.stride.height), Int32(shape.stride.width))
    unsafe task.step = (Int32(shape.dilation.height), Int32(shape.dilation.width))
    unsafe task.pad = (Int32(shape.padding.top), Int32(shape.padding.left))
    unsafe task.pitch = x.pitch
    unsafe task.out_pitch = outPitch
    unsafe task.input = memory.reading(x)
    unsafe task.filters = memory.reading(packed(weight, tape))
    return unsafe task
  }

  /// The filters `[blocks][window][lanes]`.
  private func packed(_ weight: Tensor, _ tape: Tape) -> Tensor {
    let packed = tape.zeros(Shape(blocks * shape.taps * kernels.lanes))
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(weight), memory.writing(packed))
      tape.share(blocks) { range in
        let first = range.lowerBound * kernels.lanes
        let end = min(range.upperBound * kernels.lanes, shape.channels)
        // SAFETY: there is a window for each channel, and room for every block; each call writes its own.
        unsafe ferm_depthwise_pack(
          kernels.table, from + first * shape.taps, Int32(first), Int32(end - first), Int32(shape.taps), to)
      }
    }
    return packed
  }
}
