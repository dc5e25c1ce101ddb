internal import FermFormat
internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// A 3x3 convolution at stride 1 by Winograd's algorithm F(m,3): maps to maps, and its filters' gradient.
struct WinogradConvolution {
  let kernels: KernelTable
  let channels: Int
  let outputs: Int
  /// Height and width of the input.
  let size: Extent
  let padding: Padding
  /// Outputs of a tile in each direction.
  let m: Int

  /// Tiles that a thread takes through all passes at a time, about.
  private static let chunk = 24
  /// Up to so many tiles, all threads share the transformed inputs, so that every filter is read once.
  private static let sharedTiles = 128

  /// Nil where the window, the stride, or channels too few for registers ask for another way.
  init?(_ kernels: KernelTable, input: Shape, weight: Shape, stride: Extent, padding: Padding) {
    guard weight[2] == 3, weight[3] == 3, stride == Extent(1), weight[1] == input[1], weight[0] >= 8,
      weight[1] >= 8, max(padding.top, padding.left, padding.bottom, padding.right) <= 2
    else { return nil }
    self.init(
      kernels, channels: weight[1], outputs: weight[0], size: Extent(height: input[2], width: input[3]),
      padding: padding, images: input[0])
  }

  private init(
    _ kernels: KernelTable, channels: Int, outputs: Int, size: Extent, padding: Padding, images: Int
  ) {
    self.kernels = kernels
    self.channels = channels
    self.outputs = outputs
    self.size = size
    self.padding = padding
    let out = Extent(
      height: size.height + padding.top + padding.bottom - 2,
      width: size.width + padding.left + padding.right - 2)
    // Cycles of the products, of the measured transforms, and of making the filters.
    func cycles(_ m: Int, _ tile: (inward: Int, outward: Int)) -> Int {
      let tiles = images * ((out.height + m - 1) / m) * ((out.width + m - 1) / m)
      let products = (m + 2) * (m + 2) * channels * outputs
      return tiles * (products + channels * tile.inward + outputs * tile.outward) / kernels.lanes + products
        / 2
    }
    let choices = [2, 4, 5].compactMap { m in
      kernels.trainingTileCycles(m: m).map { (m, cycles(m, $0)) }
    }
    m = choices.min { $0.1 < $1.1 }?.0 ?? 4
  }

  /// Height and width of the output.
  var outSize: Extent {
    Extent(
      height: size.height + padding.top + padding.bottom - 2,
      width: size.width + padding.left + padding.right - 2)
  }

  /// The convolution that carries gradients back.
  func turned(images: Int) -> WinogradConvolution {
    var rest = Padding()
    rest.top = 2 - padding.top
    rest.left = 2 - padding.left
    rest.bottom = 2 - padding.bottom
    rest.right = 2 - padding.right
    return WinogradConvolution(
      kernels, channels: outputs, outputs: channels, size: outSize, padding: rest, images: images)
  }

  private var tilesPerImage: Int {
    ((outSize.height + m - 1) / m) * ((outSize.width + m - 1) / m)
  }

  private func task(_ input: Map) -> ferm_winograd {
    var task = ferm_winograd()
    task.m = Int32(m)
    task.images = Int32(input.images)
    task.height = Int32(size.height)
    task.width = Int32(size.width)
    task.pad_top = Int32(padding.top)
    task.pad_left = Int32(padding.left)
    task.blocks = Int32(kernels.blocks(channels))
    task.out_height = Int32(outSize.height)
    task.out_width = Int32(outSize.width)
    task.out_blocks = Int32(kernels.blocks(outputs))
    task.panels = Int32(kernels.panels(outputs))
    task.tiles_y = Int32((outSize.height + m - 1) / m)
    task.tiles_x = Int32((outSize.width + m - 1) / m)
    task.pitch = input.stride
    task.input = UnsafePointer(input.data)
    task.panel_group = Int32(max(1, 32 / kernels.columns))
    return task
  }

  /// Outputs for `input`.
  ///
  /// - Parameter isTurned: whether `weight` is that of the forward convolution, and this one carries gradients back.
  func run(_ input: Map, weight: Tensor, isTurned: Bool = false, bias: Tensor?, _ tape: Tape) -> Map {
    let output = tape.map(
      Shape(input.images, outputs, outSize.height, outSize.width))
    var task = task(input)
    let packed = pack(weight, isTurned: isTurned, block: task.panel_group, tape)
    let biases = tape.tensor(Shape(kernels.panels(outputs) * kernels.columns))
    biases.data.update(repeating: 0, count: biases.count)
    if let bias { biases.data.update(from: bias.data, count: outputs) }
    task.output = output.data
    task.stream = output.isLarge ? 1 : 0
    task.out_pitch = output.stride
    task.filters = UnsafePointer(packed.data)
    task.bias = UnsafePointer(biases.data)
    let tiles = input.images * tilesPerImage
    let isLarge = 4 * packed.count > 2 << 20
    // As many chunks for each thread, so that none waits long for the last.
    let chunks = max(1, (tiles + Self.chunk * tape.threads - 1) / (Self.chunk * tape.threads)) * tape.threads
    task.tile_group = Int32((tiles + chunks - 1) / chunks)
    let isShared = isLarge && tiles <= Self.sharedTiles
    // SAFETY: sizes and strides are those of the maps, and scratch is as large as the kernels ask for.
    let shared: Tensor? =
      isShared ? tape.tensor(Shape(ferm_winograd_shared(kernels.table, &task))) : nil
    task.shared = shared?.data
    task.scratch_size = (ferm_winograd_scratch(kernels.table, &task) + 15) / 16 * 16
    let scratch = tape.tensor(Shape(task.scratch_size * tape.threads))
    task.scratch = scratch.data
    if isShared {
      tape.run(&task, kernels.table.pointee.winograd_transform)
      task.next = 0
      tape.run(&task, kernels.table.pointee.winograd_multiply)
    } else {
      tape.run(&task, kernels.table.pointee.winograd)
    }
    // What the task points to is reached by pointer alone.
    withExtendedLifetime((packed, biases, shared, scratch)) {}
    return output
  }

  private func pack(_ weight: Tensor, isTurned: Bool, block: Int32, _ tape: Tape) -> Tensor {
    let packed = tape.tensor(
      Shape(ferm_winograd_packed(kernels.table, Int32(m), Int32(outputs), Int32(channels))))
    var task = ferm_filters()
    task.m = Int32(m)
    task.outputs = Int32(outputs)
    task.channels = Int32(channels)
    task.turned = isTurned ? 1 : 0
    task.panel_group = block
    task.filters = UnsafePointer(weight.data)
    task.packed = packed.data
    tape.run(&task, kernels.training.pointee.filters)
    return packed
  }

  /// Fills the gradients of filters and bias from the inputs `x` and the outputs' gradient `dy`.
  func addGradient(_ x: Map, _ dy: Map, weight: Parameter, bias: Parameter?, _ tape: Tape) {
    let products = (m + 2) * (m + 2)
    let (blocks, panels) = (kernels.blocks(channels), kernels.panels(outputs))
    let (lanes, columns) = (kernels.lanes, kernels.columns)
    let sumsOfPiece = products * lanes * columns
    // Images are transformed by chunks that the third-level cache holds, unless the sums are larger still: those are
    // read and written once a chunk.
    let floatsPerImage = products * tilesPerImage * (blocks * lanes + panels * columns)
    let budget = max(2 << 20, 2 * panels * blocks * sumsOfPiece)
    let chunk = min(x.images, max(1, budget / floatsPerImage))
    let tiles = chunk * tilesPerImage
    let isOne = chunk == x.images
    var task = ferm_filter_gradient()
    task.map = self.task(x)
    task.dy = UnsafePointer(dy.data)
    task.dy_pitch = dy.stride
    task.channels = Int32(channels)
    task.outputs = Int32(outputs)
    task.v_pitch = blocks * tiles * lanes + 16
    task.w_pitch = tiles * columns + 16
    task.block_group = Int32(max(1, min(2, panels * blocks / (2 * tape.threads))))
    let v = tape.tensor(Shape(products * task.v_pitch))
    let w = tape.tensor(Shape(panels * products * task.w_pitch))
    let sums = tape.tensor(
      Shape((isOne ? tape.threads * Int(task.block_group) : panels * blocks) * sumsOfPiece))
    let biases = tape.tensor(Shape(x.images, kernels.blocks(outputs) * lanes))
    let offsets = tape.tensor(Shape(tiles))
    offsets.data.withMemoryRebound(to: Int32.self, capacity: tiles) { offsets in
      for tile in 0..<tiles { offsets[tile] = Int32(tile * lanes) }
      task.offsets = UnsafePointer(offsets)
      let gradient = weight.gradientToFill()
      // SAFETY: the sizes above are those that the header asks for.
      task.v = v.data
      task.w = w.data
      task.sums = sums.data
      task.bias = biases.data
      task.gradient = gradient?.tensor.data
      task.accumulate = gradient?.accumulate == true ? 1 : 0
      for first in stride(from: 0, to: x.images, by: chunk) {
        task.first_image = Int32(first)
        task.images = Int32(min(chunk, x.images - first))
        task.is_first = first == 0 ? 1 : 0
        task.is_last = first + chunk >= x.images ? 1 : 0
        task.next = 0
        tape.run(&task, kernels.training.pointee.filter_transform)
        task.next = 0
        tape.run(&task, kernels.training.pointee.filter_multiply)
      }
    }
    withExtendedLifetime((v, w, sums, offsets)) {}
    addRows(of: biases, to: bias)
  }
}

/// Adds rows of `[N, padded channels]`, the first first, to a gradient `[channels]`.
func addRows(of rows: Tensor, to parameter: Parameter?) {
  guard let gradient = parameter?.gradient else { return }
  for n in 0..<rows.shape[0] {
    let row = rows.data + n * rows.shape[1]
    for c in 0..<gradient.count { gradient.data[c] += row[c] }
  }
}
