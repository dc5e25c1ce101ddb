internal import FermFormat
internal import FermKernels

/// A convolution by its definition: any window, stride, padding and number of groups.
struct DirectMethod: ConvolutionMethod {
  let layer: FusedConvolution
  let sizes: DirectSizes
  let kernels: KernelTable

  /// Nil for narrow products of the caller's planar input, or of so few channels that they would be mostly zeros.
  init?(_ layer: FusedConvolution, _ kernels: KernelTable) {
    guard !kernels.isNarrow || (!layer.isPlanar && layer.shape.channelsInGroup >= kernels.lanes) else {
      return nil
    }
    self.layer = layer
    self.kernels = kernels
    sizes = DirectSizes(layer, kernels)
  }

  var name: String { "direct" }
  var filterBytes: Int { 0 }

  func cost(images: Int) -> ConvolutionCost {
    ConvolutionCost(
      definition: layer.shape, depth: sizes.depth, wanted: layer.wanted, images: images, kernels: kernels)
  }

  /// Whether the threads split the outputs of each image, and not the images.
  func isShared(batch: Int) -> Bool { batch < 4 }

  func group(batch: Int) -> Int? { isShared(batch: batch) ? nil : sizes.together }

  /// For the images of a pass where threads share the copies, else for one of each thread.
  func memory(batch: Int, images: Int) -> StepMemory {
    let isShared = isShared(batch: batch)
    return StepMemory(
      each: sizes.scratch(isShared: isShared, images: images), shared: isShared ? sizes.copy * images : 0,
      tables: 4 * (sizes.depth + 2 * sizes.together(images) * sizes.pixels + sizes.first.count))
  }

  func prepare(_ session: ConvolutionSession) throws(FormatError) -> DirectRun {
    try DirectRun(self, session)
  }

  /// Puts the filters into panels; each output's lie where its group's channels are, and zeros elsewhere.
  func pack(_ packing: PackingThreads) throws(FormatError) -> AlignedBytes {
    let shape = layer.shape
    let packed = try AlignedBytes(
      count: 4 * kernels.panels(shape.outputs) * kernels.columns * sizes.depth, on: packing.workers)
    try unsafe layer.filters.forEachPanel(of: kernels.columns, by: packing) { panel, filters in
      // SAFETY: the layer has a window of channelsInGroup for each output; packed has room for every panel.
      unsafe ferm_direct_pack(
        kernels.table, filters, Int32(shape.outputs), Int32(shape.channelsInGroup), Int32(shape.groups),
        Int32(shape.taps), sizes.first.isEmpty ? 0 : Int32(sizes.first[panel]), Int32(sizes.taken),
        kernels.isNarrow ? 1 : 0, Int32(panel), packed.floats)
    }
    return packed
  }
}

extension DirectMethod {
  /// What it takes at most with registers and panels of these sizes, wherever its groups fall: floats of packed filters, and
  /// of the copy with zeros around it. Whatever is cheaper takes no more, but for its own filters.
  static func most(_ shape: ConvolutionShape, lanes: Int, columns: Int) -> (filters: Int64, copy: Int64) {
    let channels = shape.channels.inWhole(lanes)
    var taken = channels
    if shape.groups > 1 {
      let outputs = shape.outputsInGroup
      let spanned =
        columns % outputs == 0 ? columns / outputs : outputs % columns == 0 ? 1 : columns / outputs + 2
      taken = min(channels, (min(spanned, shape.groups) * shape.channelsInGroup + lanes - 1).inWhole(lanes))
    }
    return (
      Int64(shape.outputs.inWhole(columns)) * Int64(taken) * Int64(shape.taps),
      shape.isPadded ? Int64(channels) * Int64(shape.padded.height) * Int64(shape.padded.width) : 0
    )
  }
}

/// The sizes that a convolution by its definition works with.
struct DirectSizes {
  /// Channels of the input that lie side by side.
  let lanes: Int
  /// Floats of one block with its zeros.
  let plane: Int
  /// Input channels that a panel of outputs sees.
  let taken: Int
  /// Where those of each panel begin; empty without groups.
  let first: [Int]
  /// Floats, or pairs, of the copy with zeros around it; 0 where none is made.
  let copy: Int
  /// Weights of an output, in one panel, or pairs of them.
  let depth: Int
  /// Outputs of one channel that are computed.
  let pixels: Int
  /// The most images whose pixels are the rows of one product, so that weights serve enough rows where maps are small.
  let together: Int
  /// Floats in which those of a panel wait to be pooled.
  private let pooled: Int

  init(_ layer: FusedConvolution, _ kernels: KernelTable) {
    let shape = layer.shape
    lanes = layer.isPlanar ? 1 : kernels.lanes
    let blocks = (shape.channels + lanes - 1) / lanes
    plane = shape.plane(lanes: lanes)
    copy = shape.isPadded || kernels.isNarrow ? blocks * plane / kernels.inUnit : 0
    let channels = Self.channels(shape, blocks: blocks, lanes: lanes, kernels)
    (taken, first) = (channels.taken.inWhole(kernels.inUnit), channels.first)
    depth = taken / kernels.inUnit * shape.taps
    pixels = layer.wanted.height * layer.wanted.width
    pooled = layer.pool ? pixels * kernels.columns : 0
    let image = shape.channels.inWhole(kernels.lanes) * shape.size.height * shape.size.width + 16
    let (farthest, outputs) = (max(copy, image), shape.outputs.inWhole(kernels.lanes) * pixels + 16)
    together =
      layer.pool || layer.isPlanar
      ? 1 : max(1, min((Self.usualRows + pixels - 1) / pixels, Int(Int32.max) / max(farthest, outputs)))
  }

  /// Rows that hide the time in which weights come from the caches.
  private static let usualRows = 24

  /// How many of a pass are taken together.
  func together(_ images: Int) -> Int { min(together, images) }

  /// Floats of scratch for each thread.
  func scratch(isShared: Bool, images: Int) -> Int { (isShared ? 0 : together(images) * copy) + pooled + 16 }

  /// With groups, a panel takes channels from the first one of its first group on.
  private static func channels(
    _ shape: ConvolutionShape, blocks: Int, lanes: Int, _ kernels: KernelTable
  ) -> (taken: Int, first: [Int]) {
    guard shape.groups > 1 else { return (shape.channels, []) }
    var (reach, starts) = (0, [Int]())
    for panel in 0..<kernels.panels(shape.outputs) {
      let last = min(shape.outputs, (panel + 1) * kernels.columns) - 1
      let start = panel * kernels.columns / shape.outputsInGroup * shape.channelsInGroup / lanes * lanes
      reach = max(reach, (last / shape.outputsInGroup + 1) * shape.channelsInGroup - start)
      starts.append(start)
    }
    // Every panel takes as many channels; where the last ones reach less far, they begin earlier.
    let most = min((reach + lanes - 1) / lanes, blocks) * lanes
    let latest = blocks * lanes - most
    return (most, starts.map { min($0, latest) })
  }
}
