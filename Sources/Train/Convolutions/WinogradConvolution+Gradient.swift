internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

extension WinogradConvolution {
  /// Fills the gradients of filters and bias from the inputs `x` and the outputs' gradient `dy`.
  func addGradient(_ x: Map, _ dy: Map, weight: Parameter, bias: Parameter?, _ tape: Tape) {
    let kernels = shape.kernels
    let (products, blocks, panels) = (shape.products, shape.blocks, shape.panels)
    let (lanes, columns, tilesPerImage) = (kernels.lanes, kernels.columns, shape.tilesPerImage)
    let sumsOfPiece = products * lanes * columns
    // So many images are transformed at a time as the third-level cache holds, unless the sums are larger still: those are
    // read and written each time.
    let floatsPerImage = products * tilesPerImage * (blocks * lanes + panels * columns) / kernels.inUnit
    let budget = max((2 << 20) / kernels.inUnit, 2 * panels * blocks * sumsOfPiece)
    let images = min(x.images, max(1, budget / floatsPerImage))
    // Those of a group of images, or pairs of them.
    func tiles(_ images: Int) -> Int { (images * tilesPerImage + kernels.inUnit - 1) / kernels.inUnit }
    let most = tiles(images)
    let group = max(1, min(2, panels * blocks / (2 * tape.threads)))
    let sumPieces = images == x.images ? tape.threads * group : panels * blocks
    let biases = tape.tensor(Shape(x.images, shape.outBlocks * lanes))
    let gradient = weight.gradientToFill()
    withMemory { memory in
      var task = unsafe ferm_filter_gradient()
      unsafe task.map = shape.task(images: x.images)
      unsafe task.map.pitch = x.pitch
      unsafe task.dy_pitch = dy.pitch
      unsafe task.channels = Int32(shape.convolution.channels)
      unsafe task.outputs = Int32(shape.convolution.outputs)
      unsafe task.v_pitch = blocks * most * lanes + 16
      unsafe task.w_pitch = most * columns + 16
      unsafe task.block_group = Int32(group)
      // SAFETY: the sizes are those that the header asks for.
      unsafe task.map.input = memory.reading(x)
      unsafe task.dy = memory.reading(dy)
      unsafe task.v = memory.writing(tape.tensor(Shape(products * task.v_pitch)))
      unsafe task.w = memory.writing(tape.tensor(Shape(panels * products * task.w_pitch)))
      unsafe task.sums = memory.writing(tape.tensor(Shape(sumPieces * sumsOfPiece)))
      unsafe task.offsets = memory.reading((0..<most).map { Int32($0 * lanes) })
      unsafe task.bias = memory.writing(biases)
      unsafe task.gradient = memory.writing(gradient?.tensor)
      unsafe task.accumulate = gradient?.accumulate == true ? 1 : 0
      for first in stride(from: 0, to: x.images, by: images) {
        unsafe task.first_image = Int32(first)
        unsafe task.images = Int32(min(images, x.images - first))
        unsafe task.tiles = Int32(tiles(Int(task.images)))
        unsafe task.is_first = first == 0 ? 1 : 0
        unsafe task.is_last = first + images >= x.images ? 1 : 0
        unsafe task.next = 0
        unsafe tape.run(&task, kernels.products.filter_transform)
        unsafe task.next = 0
        unsafe tape.run(&task, kernels.products.filter_multiply)
      }
    }
    addRows(of: biases, to: bias)
  }
}

/// Adds rows of `[N, padded channels]`, the first first, to a gradient `[channels]`.
func addRows(of rows: Tensor, to parameter: Parameter?) {
  guard let gradient = parameter?.gradient else { return }
  let row = rows.shape[1]
  rows.withSpan { rows in
    gradient.withMutableSpan { sum in
      for start in stride(from: 0, to: rows.count, by: row) {
        for c in sum.indices { sum[c] += rows[start + c] }
      }
    }
  }
}
