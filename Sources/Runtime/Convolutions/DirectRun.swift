package import FermFormat
package import FermKernels

/// A convolution by its definition, ready to run in one session.
@safe struct DirectRun: ConvolutionRun {
  private let input: Place
  private let addend: Place?
  private let output: Place
  private let task: ferm_direct
  private let isShared: Bool
  /// Whether it reads a copy with zeros around it.
  private let makesCopy: Bool
  private let kernels: TaskKernels
  // These keep what the task points to.
  private let weights: PackedWeights
  private let offsets: AlignedBytes
  private let pixelOffsets: AlignedBytes
  private let outOffsets: AlignedBytes?
  private let together: Int
  private let panelOffsets: AlignedBytes?
  private let layer: FusedConvolution

  init(_ method: DirectMethod, _ session: ConvolutionSession) throws(FormatError) {
    let (sizes, kernels, shape) = (method.sizes, method.kernels, method.layer.shape)
    layer = method.layer
    (input, addend, output) = (session.input, session.addend, session.output)
    isShared = method.isShared(batch: session.batch)
    makesCopy = sizes.copy > 0
    unsafe self.kernels = kernels.direct
    try requireMemory(128 * kernels.panels(shape.outputs) + 1 << 16)
    let (lanes, wanted) = (sizes.lanes, layer.wanted)

    offsets = try AlignedBytes(count: 4 * sizes.depth)
    together = sizes.together(session.images)
    pixelOffsets = try AlignedBytes(count: 4 * together * sizes.pixels)
    outOffsets = together > 1 ? try AlignedBytes(count: 4 * together * sizes.pixels) : nil
    let pitch = sizes.copy > 0 ? sizes.copy : input.pitch
    // SAFETY: the memory has as many numbers.
    for step in 0..<sizes.depth {
      unsafe offsets.integers[step] = Int32(
        shape.offset(ofStep: step, inUnit: kernels.inUnit, lanes: lanes) / kernels.inUnit)
    }
    for row in 0..<(together * sizes.pixels) {
      let (image, pixel) = (row / sizes.pixels, row % sizes.pixels)
      unsafe pixelOffsets.integers[row] = Int32(
        image * pitch + shape.offset(ofPixel: pixel, rowLength: wanted.width, lanes: lanes) / kernels.inUnit)
      unsafe outOffsets?.integers[row] = Int32(image * output.pitch + pixel * kernels.lanes)
    }
    panelOffsets =
      sizes.first.isEmpty
      ? nil : try AlignedBytes(sizes.first.map { Int32($0 / lanes * sizes.plane / kernels.inUnit) })
    weights = try layer.filters.packed(
      as: .init(
        method: method.name, precision: kernels.isNarrow ? .bf16 : .fp32, lanes: lanes, groups: shape.groups)
    ) { () throws(FormatError) in try method.pack(session.packing) }

    var task = unsafe shape.directTask(wanted: wanted, lanes: lanes, kernels)
    unsafe task.pool = layer.pool ? 1 : 0
    unsafe task.relu = layer.relu ? 1 : 0
    unsafe task.ending = layer.ending.task(adding: addend, lanes: kernels.lanes)
    unsafe task.depth = Int32(sizes.depth)
    unsafe task.offsets = UnsafePointer(offsets.integers)
    unsafe task.pixel_offsets = UnsafePointer(pixelOffsets.integers)
    unsafe task.out_offsets = outOffsets.map { unsafe UnsafePointer($0.integers) }
    unsafe task.panel_offsets = panelOffsets.map { unsafe UnsafePointer($0.integers) }
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    unsafe task.filters = UnsafePointer(weights.floats)
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe task.scratch_size = sizes.scratch(isShared: isShared, images: session.images)
    unsafe self.task = task
  }

  var weightBytes: Int { weights.count + layer.filters.byteCount }

  func run(images: Int, in context: ExecutionContext) {
    var task = unsafe self.task
    // No thread is left without.
    let threads = isShared ? 1 : context.workers.count
    unsafe task.together = Int32(min(together, (images + threads - 1) / threads))
    unsafe task.chunk = Int32(chunk(threads: context.workers.count))
    // SAFETY: places and scratch are those that the task was made for, and all its tables live in self.
    unsafe context.run(
      task, from: input, adding: addend, to: output, images: images, isShared: isShared, makes: makesCopy,
      by: kernels)
  }

  /// Pixels of an image that make a piece of work where threads share it: few enough for each to have some, and for what ends the
  /// convolution to find its outputs in a core's cache; no bit depends on it.
  private func chunk(threads: Int) -> Int {
    let (panels, pixels) = unsafe (Int(task.panels), Int(task.pixels))
    let pieces = threads > 1 ? max(1, 4 * threads / panels) : 1
    let most = layer.ending.isEmpty ? max(32, pixels) : 256
    return min(max(32, (pixels + pieces - 1) / pieces), most)
  }
}

extension ConvolutionShape {
  /// The task of computing `wanted` outputs of each channel by the definition, but for weights and what it reads and writes.
  ///
  /// - Parameter lanes: of the input: the register's, or 1 where it is planar.
  package func directTask(wanted: Extent, lanes: Int, _ kernels: KernelTable) -> ferm_direct {
    var task = unsafe ferm_direct()
    unsafe task.height = Int32(size.height)
    unsafe task.width = Int32(size.width)
    unsafe task.pad_top = Int32(padding.top)
    unsafe task.pad_left = Int32(padding.left)
    unsafe task.padded_height = Int32(padded.height)
    unsafe task.padded_width = Int32(padded.width)
    unsafe task.lanes = Int32(lanes)
    unsafe task.blocks = Int32((channels + lanes - 1) / lanes)
    unsafe task.pixels = Int32(wanted.height * wanted.width)
    unsafe task.together = 1
    unsafe task.chunk = task.pixels
    unsafe task.out_height = Int32(wanted.height)
    unsafe task.out_width = Int32(wanted.width)
    unsafe task.out_blocks = Int32(kernels.blocks(outputs))
    unsafe task.panels = Int32(kernels.panels(outputs))
    return unsafe task
  }
}

extension AlignedBytes {
  /// The memory as 32-bit integers.
  var integers: UnsafeMutablePointer<Int32> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self)
  }
}
