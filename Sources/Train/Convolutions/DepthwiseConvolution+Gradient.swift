internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

extension DepthwiseConvolution {
  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?
  ) {
    let (tape, input, dy) = (x.tape, x.map, result.map(gradient))
    let dx = x.needsGradient ? tape.map(x.shape) : nil
    withMemory { memory in
      var task = unsafe ferm_depthwise_gradient()
      unsafe task.map = self.task(input, weight.value, outPitch: dy.pitch, memory, tape)
      // SAFETY: sizes and strides are those of the maps; what is passed on the way has the sizes that the header asks for.
      unsafe task.dy = memory.reading(dy)
      unsafe addGradient(&task, weight: weight, memory, tape)
      if let dx {
        let rows = Axis(shape, \.height, before: shape.padding.top)
        let columns = Axis(shape, \.width, before: shape.padding.left)
        unsafe task.dx = memory.writing(dx)
        unsafe task.rows = memory.reading(rows.seen)
        unsafe task.columns = memory.reading(columns.seen)
        unsafe task.tap_step = (Int32(rows.tapStep), Int32(columns.tapStep))
        unsafe task.at_step = (Int32(rows.outputStep), Int32(columns.outputStep))
        unsafe task.next = 0
        unsafe tape.run(&task, kernels.training.pointee.depthwise_back)
      }
    }
    if let bias {
      let sums = tape.planeSums(of: dy, kernels).elements
      addRows(of: sums.reshaped(Shape(dy.images, sums.count / dy.images)), to: bias)
    }
    if let dx { x.accumulate(dx) }
  }

  /// Fills the gradient of the filters.
  private func addGradient(
    _ task: inout ferm_depthwise_gradient, weight: Parameter, _ memory: TensorMemory, _ tape: Tape
  ) {
    guard let gradient = weight.gradientToFill() else { return }
    // As many pieces of work as keep the threads of most machines equally busy, whatever theirs.
    let parts = min(Int(unsafe task.map.images), max(1, 64 / blocks))
    let sums = tape.tensor(Shape(parts, blocks * shape.taps * kernels.lanes))
    unsafe task.parts = Int32(parts)
    unsafe task.sums = memory.writing(sums)
    unsafe task.channels = Int32(shape.channels)
    unsafe task.gradient = memory.writing(gradient.tensor)
    unsafe task.accumulate = gradient.accumulate ? 1 : 0
    unsafe tape.run(&task, kernels.training.pointee.depthwise_sums)
    unsafe task.next = 0
    unsafe tape.run(&task, kernels.training.pointee.depthwise_add)
  }
}

/// Through which taps the inputs along one axis were seen, and by which outputs.
private struct Axis {
  /// For each input, those taps whose distance to it a stride divides: evenly spaced ones.
  private(set) var seen: [ferm_seen] = []
  /// From one of them to the next.
  let tapStep: Int
  /// From the output of one of them back to that of the next.
  let outputStep: Int

  init(_ shape: ConvolutionShape, _ along: KeyPath<Extent, Int>, before: Int) {
    let (stride, dilation) = (shape.stride[keyPath: along], shape.dilation[keyPath: along])
    let outputs = shape.outSize[keyPath: along]
    tapStep = (1...stride).first { $0 * dilation % stride == 0 } ?? 1
    outputStep = tapStep * dilation / stride
    for input in 0..<shape.size[keyPath: along] {
      let distances = (0..<shape.window[keyPath: along]).map { input + before - $0 * dilation }
      let taps = distances.indices.filter {
        distances[$0] >= 0 && distances[$0] % stride == 0 && distances[$0] / stride < outputs
      }
      let first = taps.first ?? 0
      seen.append(
        ferm_seen(
          tap: Int32(first), count: Int32(taps.count),
          at: taps.isEmpty ? 0 : Int32(distances[first] / stride)))
    }
  }
}
