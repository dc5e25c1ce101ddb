internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

extension DirectConvolution {
  /// Pieces of work that keep some threads busy to the end.
  private static let enoughPieces = 16
  /// Units of pixels that are multiplied at a time, and that a part of the batch has at least.
  private static let usualDepth = 256
  /// Blocks that a panel of columns serves at least, where there are so many: fewer would show the time in which it is copied.
  private static let usualBlocks = 6
  /// Panels that a copy of a block serves.
  private static let usualPanels = 4

  /// Fills the gradients of filters and bias from the inputs `x` and the outputs' gradient `dy`.
  func addGradient(_ x: Map, _ dy: Map, weight: Parameter, bias: Parameter?, _ tape: Tape) {
    guard let gradient = weight.gradientToFill() else { return }
    // Rows of the products are read where they lie, columns are copied: the fewer the better, where either may be rows.
    let isSwapped =
      bias == nil && shape.taps == 1 && shape.stride == Extent(1) && !shape.isPadded && x.blocks < dy.blocks
    let (rows, columns) = isSwapped ? (dy, x) : (x, dy)
    let (lanes, panels) = (kernels.lanes, kernels.panels(columns.channels))
    let (images, pixels, taps) = (x.images, shape.pixels, shape.taps)
    // What lies a stride apart is copied too: the processor fetches it badly.
    let gathers = shape.isPadded || kernels.isNarrow || shape.stride != Extent(1)
    let together = max(
      1, min(images, Self.usualDepth * kernels.inUnit / pixels, Int(Int32.max) / rows.pitch))
    let depth = (together * pixels + kernels.inUnit - 1) / kernels.inUnit
    // A piece has as many blocks for its panels as leave enough pieces; then come parts of the batch, by the sizes alone.
    let panelGroups = gathers ? (panels + Self.usualPanels - 1) / Self.usualPanels : panels
    let panelGroup = (panels + panelGroups - 1) / panelGroups
    let wanted = (Self.enoughPieces + panelGroups - 1) / panelGroups
    let groups = max(1, min(wanted, rows.blocks / Self.usualBlocks))
    let group = (rows.blocks + groups - 1) / groups
    let pieces = panelGroups * ((rows.blocks + group - 1) / group)
    let parts = max(
      1, min((Self.enoughPieces + pieces - 1) / pieces, images, images * pixels / Self.usualDepth))
    let sumsOfBlock = taps * lanes * kernels.columns
    let biases = bias == nil ? nil : tape.tensor(Shape(images, dy.blocks * lanes))
    withMemory { memory in
      var task = unsafe ferm_direct_gradient()
      unsafe task.images = Int32(images)
      unsafe task.channels = Int32(shape.channels)
      unsafe task.outputs = Int32(shape.outputs)
      unsafe task.swapped = isSwapped ? 1 : 0
      unsafe task.blocks = Int32(rows.blocks)
      unsafe task.out_blocks = Int32(columns.blocks)
      unsafe task.panels = Int32(panels)
      unsafe task.pixels = Int32(pixels)
      unsafe task.taps = Int32(taps)
      unsafe task.pitch = rows.pitch
      unsafe task.dy_pitch = columns.pitch
      unsafe task.plane = rows.pixels * lanes
      unsafe task.gathers = gathers ? 1 : 0
      unsafe task.together = Int32(together)
      unsafe task.block_group = Int32(group)
      unsafe task.panel_group = Int32(panelGroup)
      unsafe task.parts = Int32(parts)
      unsafe task.accumulate = gradient.accumulate ? 1 : 0
      // SAFETY: the sizes are those that the header asks for, and places lie within a plane.
      unsafe task.x = memory.reading(rows)
      unsafe task.dy = memory.reading(columns)
      let places = places(lanes: lanes)
      unsafe task.places = memory.reading(places)
      unsafe task.offsets = memory.reading(
        gathers
          ? (0..<depth).map { Int32($0 * lanes) }
          : (0..<depth).map { Int32($0 / pixels * rows.pitch) + places[$0 % pixels] - places[0] })
      unsafe task.bias = memory.writing(biases)
      unsafe task.gradient = memory.writing(gradient.tensor)
      unsafe task.scratch_size =
        depth * (panelGroup * kernels.columns + lanes) + panelGroup * group * sumsOfBlock
      unsafe task.scratch = memory.writing(tape.tensor(Shape(task.scratch_size * tape.threads)))
      if parts > 1 {
        unsafe task.sums = memory.writing(tape.tensor(Shape(parts * panels * rows.blocks * sumsOfBlock)))
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
