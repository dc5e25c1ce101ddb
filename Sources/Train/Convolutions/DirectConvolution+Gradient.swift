internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

extension DirectConvolution {
  /// Pieces of work that keep some threads busy to the end, and units of pixels that are multiplied at a time.
  private static let (enoughPieces, usualDepth) = (16, 256)

  /// Fills the gradients of filters and bias from the inputs `x` and the outputs' gradient `dy`.
  func addGradient(_ x: Map, _ dy: Map, weight: Parameter, bias: Parameter?, _ tape: Tape) {
    guard let gradient = weight.gradientToFill() else { return }
    let (lanes, columns, panels) = (kernels.lanes, kernels.columns, kernels.panels(shape.outputs))
    let (images, pixels, taps) = (x.images, shape.pixels, shape.taps)
    let gathers = shape.isPadded || kernels.isNarrow
    let together = max(1, min(images, Self.usualDepth * kernels.inUnit / pixels, Int(Int32.max) / x.pitch))
    let depth = (together * pixels + kernels.inUnit - 1) / kernels.inUnit
    // Blocks share a panel of gradients as long as there are enough pieces; then come parts of the batch, by the sizes alone.
    let wanted = (Self.enoughPieces + panels - 1) / panels
    let group = (x.blocks + wanted - 1) / wanted
    let pieces = panels * ((x.blocks + group - 1) / group)
    let parts = min(images, (Self.enoughPieces + pieces - 1) / pieces)
    let sumsOfBlock = taps * lanes * columns
    let biases = bias == nil ? nil : tape.tensor(Shape(images, dy.blocks * lanes))
    withMemory { memory in
      var task = unsafe ferm_direct_gradient()
      unsafe task.images = Int32(images)
      unsafe task.channels = Int32(shape.channels)
      unsafe task.outputs = Int32(shape.outputs)
      unsafe task.blocks = Int32(x.blocks)
      unsafe task.out_blocks = Int32(dy.blocks)
      unsafe task.panels = Int32(panels)
      unsafe task.pixels = Int32(pixels)
      unsafe task.taps = Int32(taps)
      unsafe task.pitch = x.pitch
      unsafe task.dy_pitch = dy.pitch
      unsafe task.plane = x.pixels * lanes
      unsafe task.gathers = gathers ? 1 : 0
      unsafe task.together = Int32(together)
      unsafe task.block_group = Int32(group)
      unsafe task.parts = Int32(parts)
      unsafe task.accumulate = gradient.accumulate ? 1 : 0
      // SAFETY: the sizes are those that the header asks for, and places lie within a plane of `x`.
      unsafe task.x = memory.reading(x)
      unsafe task.dy = memory.reading(dy)
      let places = places(lanes: lanes)
      unsafe task.places = memory.reading(places)
      unsafe task.offsets = memory.reading(
        gathers
          ? (0..<depth).map { Int32($0 * lanes) }
          : (0..<depth).map { Int32($0 / pixels * x.pitch) + places[$0 % pixels] - places[0] })
      unsafe task.bias = memory.writing(biases)
      unsafe task.gradient = memory.writing(gradient.tensor)
      unsafe task.scratch_size = depth * (columns + lanes) + group * sumsOfBlock
      unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
      if parts > 1 {
        unsafe task.sums = memory.writing(tape.tensor(Shape(parts * panels * x.blocks * sumsOfBlock)))
      }
      unsafe tape.run(&task, kernels.products.direct_sums)
      if parts > 1 {
        unsafe task.next = 0
        unsafe tape.run(&task, kernels.products.direct_filters)
      }
    }
    if let biases { addRows(of: biases, to: bias) }
  }

  /// Where in a plane of the input each pixel of the output sees each tap, `[taps][pixels]`; -1 for padding.
  private func places(lanes: Int) -> [Int32] {
    let (size, out) = (shape.size, shape.outSize)
    var places = [Int32]()
    places.reserveCapacity(shape.taps * shape.pixels)
    for tap in 0..<shape.taps {
      let (ty, tx) = (tap / shape.window.width, tap % shape.window.width)
      for oy in 0..<out.height {
        let y = oy * shape.stride.height + ty * shape.dilation.height - shape.padding.top
        for ox in 0..<out.width {
          let x = ox * shape.stride.width + tx * shape.dilation.width - shape.padding.left
          let isInside = y >= 0 && y < size.height && x >= 0 && x < size.width
          places.append(isInside ? Int32((y * size.width + x) * lanes) : -1)
        }
      }
    }
    return places
  }
}
