internal import FermFormat
internal import FermKernels

/// A convolution by its definition, ready to run in one session: any window, stride, padding and number of groups.
@safe struct DirectRun {
  private let input: Place
  private let output: Place
  private let task: ferm_direct
  private let isShared: Bool
  // These keep what the task points to.
  private let weights: PackedFilters
  private let offsets: AlignedBytes
  private let pixelOffsets: AlignedBytes
  private let panelOffsets: AlignedBytes?
  private let layer: FusedConvolution
  /// Bytes of filters, as they are and packed.
  var weightBytes: Int { weights.count + layer.filters.plain.count }

  init(
    _ layer: FusedConvolution, input: Place, output: Place, isShared: Bool, kernels: KernelTable
  ) throws(FormatError) {
    self.layer = layer
    self.input = input
    self.output = output
    try requireMemory(128 * kernels.panels(layer.outputs) + 1 << 16)
    let sizes = DirectSizes(layer, input: input, kernels)
    let (lanes, blocks, padded, plane) = (sizes.lanes, sizes.blocks, sizes.padded, sizes.plane)
    let (taken, first) = (sizes.taken, sizes.first)
    let (window, padding, wanted) = (layer.window, layer.padding, layer.wanted)
    let panels = kernels.panels(layer.outputs)
    let channelsInGroup = layer.channels / layer.groups

    let depth = taken * window.height * window.width
    offsets = try AlignedBytes(count: 4 * depth)
    pixelOffsets = try AlignedBytes(count: 4 * wanted.height * wanted.width)
    // SAFETY: each loop writes as many numbers as the memory has.
    var next = unsafe offsets.integers
    for channel in 0..<taken {
      for y in 0..<window.height {
        for x in 0..<window.width {
          unsafe next.pointee = Int32(
            channel / lanes * plane + (y * padded.width + x) * lanes + channel % lanes)
          unsafe next += 1
        }
      }
    }
    unsafe next = pixelOffsets.integers
    for y in 0..<wanted.height {
      for x in 0..<wanted.width {
        unsafe next.pointee = Int32(
          (y * layer.stride.height * padded.width + x * layer.stride.width) * lanes)
        unsafe next += 1
      }
    }
    panelOffsets = first.isEmpty ? nil : try AlignedBytes(first.map { Int32($0 / lanes * plane) })
    let firstChannels = first.isEmpty ? nil : try AlignedBytes(first.map { Int32($0) })

    weights = try layer.filters.packed(
      as: .init(algorithm: .direct, lanes: lanes, groups: layer.groups)
    ) { () throws(FormatError) in
      let packed = try AlignedBytes(count: 4 * panels * kernels.columns * depth)
      // SAFETY: the layer has a window of perGroup.channels for each output; packed has room for every panel.
      unsafe ferm_direct_pack(
        kernels.table, layer.filters.plain.floats, Int32(layer.outputs), Int32(channelsInGroup),
        Int32(layer.groups),
        Int32(window.height * window.width), firstChannels?.integers, Int32(taken), packed.floats)
      return packed
    }

    self.isShared = isShared
    let scratch = sizes.memory(layer, isShared: isShared, images: 1, kernels).each
    var task = unsafe ferm_direct()
    unsafe task.height = Int32(input.shape[1])
    unsafe task.width = Int32(input.shape[2])
    unsafe task.pad_top = Int32(padding.top)
    unsafe task.pad_left = Int32(padding.left)
    unsafe task.padded_height = Int32(padded.height)
    unsafe task.padded_width = Int32(padded.width)
    unsafe task.lanes = Int32(lanes)
    unsafe task.blocks = Int32(blocks)
    unsafe task.pixels = Int32(wanted.height * wanted.width)
    unsafe task.out_height = Int32(wanted.height)
    unsafe task.out_width = Int32(wanted.width)
    unsafe task.out_blocks = Int32(kernels.blocks(layer.outputs))
    unsafe task.panels = Int32(panels)
    unsafe task.pool = layer.pool ? 1 : 0
    unsafe task.relu = layer.relu ? 1 : 0
    unsafe task.depth = Int32(depth)
    unsafe task.offsets = UnsafePointer(offsets.integers)
    unsafe task.pixel_offsets = UnsafePointer(pixelOffsets.integers)
    unsafe task.panel_offsets = panelOffsets.map { unsafe UnsafePointer($0.integers) }
    unsafe task.pitch = input.stride
    unsafe task.out_pitch = output.stride
    unsafe task.filters = UnsafePointer(weights.floats)
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe task.scratch_size = scratch
    unsafe self.task = task
  }

  /// Whether the threads split the outputs of each image, and not the images.
  static func isShared(maxBatch: Int) -> Bool { maxBatch < 4 }

  func run(images: Int, in context: ExecutionContext) {
    var task = unsafe self.task
    unsafe task.images = Int32(images)
    // SAFETY: places and scratch are those that the task was made for, and all its tables live in self.
    unsafe task.input = context.source(input, images: images)
    unsafe task.output = context.floats(output, images: images)
    unsafe task.scratch = context.scratch
    unsafe task.shared = isShared ? context.shared : nil
    let table = unsafe context.kernels.table
    unsafe withUnsafeMutablePointer(to: &task) { task in
      if isShared {
        unsafe context.onEachThread(table.pointee.direct_pad, task)
        unsafe task.pointee.next = 0
        unsafe context.onEachThread(table.pointee.direct_multiply, task)
      } else {
        unsafe context.onEachThread(table.pointee.direct, task)
      }
    }
  }
}

extension AlignedBytes {
  /// The memory as 32-bit integers.
  fileprivate var integers: UnsafeMutablePointer<Int32> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self)
  }
}
