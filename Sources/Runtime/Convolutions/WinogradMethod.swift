internal import FermFormat
internal import FermKernels

/// 3x3 convolutions by Winograd's algorithm F(m,3), and at stride 2 by F(3,2) of their phases.
struct WinogradMethod: ConvolutionMethod {
  let layer: FusedConvolution
  let shape: WinogradShape
  let kernels: KernelTable
  private let tileCycles: (inward: Double, outward: Double)

  /// Nil for other windows, for the caller's planar input, and where what a thread must take together outgrows the caches or
  /// its transform memory.
  init?(_ layer: FusedConvolution, m: Int, _ kernels: KernelTable) {
    guard !layer.isPlanar,
      let shape = WinogradShape(layer.shape, m: m, isPooled: layer.pool, kernels: kernels),
      let tileCycles = kernels.tileCycles(m: shape.phases == 1 ? m : 2),
      shape.unit <= WinogradShape.usualTiles,
      shape.steps * WinogradShape.usualTiles * layer.shape.channels <= 1 << 24
    else { return nil }
    self.layer = layer
    self.shape = shape
    self.kernels = kernels
    self.tileCycles = tileCycles
  }

  var name: String { shape.phases == 1 ? "F(\(shape.m),3)" : "F(3,2)" }
  var filterBytes: Int { 4 * shape.filterUnits }

  func cost(images: Int) -> ConvolutionCost {
    ConvolutionCost(inference: shape, tileCycles: tileCycles, images: images)
  }

  /// So many images at a time of which the threads share the transformed inputs, and read every filter once: where there are few
  /// tiles for each thread, or large filters. Nil where each thread works for itself.
  func shared(batch: Int) -> Int? {
    if batch * shape.tilesPerImage <= 2 * WinogradShape.usualTiles || shape.sharesLargeFilters(images: batch)
    {
      return batch
    }
    guard filterBytes > Self.crowdingBytes else { return nil }
    return max(1, WinogradShape.sharedTiles / shape.tilesPerImage)
  }

  /// Filters of so many bytes crowd the last cache, if every group of tiles reads all of them.
  private static let crowdingBytes = 8 << 20

  func group(batch: Int) -> Int? {
    if shared(batch: batch) != nil { return nil }
    return (WinogradShape.usualTiles + shape.tilesPerImage - 1) / shape.tilesPerImage
  }

  func memory(batch: Int, images: Int) -> StepMemory {
    var task = unsafe shape.task(images: images)
    guard let shared = shared(batch: batch) else {
      return unsafe StepMemory(each: ferm_winograd_scratch(kernels.table, &task, 0))
    }
    // Memory for one part of a batch serves all of them.
    let most = shared < batch ? shared : images
    unsafe task.images = Int32(most)
    unsafe task.tile_group = Int32(shape.mostShared(images: most))
    return unsafe StepMemory(
      each: ferm_winograd_scratch(kernels.table, &task, 1), shared: ferm_winograd_shared(kernels.table, &task)
    )
  }

  func prepare(_ session: ConvolutionSession) throws(FormatError) -> WinogradRun {
    try WinogradRun(self, session)
  }

  /// Transforms the filters; the threads share the panels.
  func pack(_ packing: PackingThreads) throws(FormatError) -> AlignedBytes {
    let packed = try AlignedBytes(count: filterBytes, on: packing.workers)
    try unsafe layer.filters.forEachPanel(of: kernels.columns, by: packing) { panel, filters in
      // SAFETY: each call reads the filters of a panel and writes that one, of memory that is as large as all of them.
      unsafe ferm_winograd_pack(
        kernels.table, Int32(shape.m), Int32(layer.shape.stride.height), filters, Int32(layer.shape.outputs),
        Int32(layer.shape.channels), Int32(shape.panelGroup), kernels.isNarrow ? 1 : 0, Int32(panel),
        packed.floats)
    }
    return packed
  }
}

/// A convolution by Winograd's algorithm, ready to run in one session.
@safe struct WinogradRun: ConvolutionRun {
  private let input: Place
  private let addend: Place?
  private let output: Place
  private let task: ferm_winograd
  private let shape: WinogradShape
  /// See ``WinogradMethod/shared(batch:)``.
  private let shared: Int?
  // These keep what the task points to.
  private let weights: PackedWeights
  private let layer: FusedConvolution

  init(_ method: WinogradMethod, _ session: ConvolutionSession) throws(FormatError) {
    layer = method.layer
    shape = method.shape
    (input, addend, output) = (session.input, session.addend, session.output)
    shared = method.shared(batch: session.batch)
    weights = try layer.filters.packed(
      as: .init(method: method.name, precision: method.kernels.isNarrow ? .bf16 : .fp32)
    ) { () throws(FormatError) in
      try method.pack(session.packing)
    }
    var task = unsafe shape.task(images: session.images, relu: layer.relu)
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    unsafe task.filters = UnsafePointer(weights.floats)
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe task.ending = layer.ending.task(adding: addend, lanes: method.kernels.lanes)
    if let shared {
      unsafe task.tile_group = Int32(shape.mostShared(images: min(shared, session.images)))
    }
    unsafe task.scratch_size = ferm_winograd_scratch(method.kernels.table, &task, shared == nil ? 0 : 1)
    unsafe self.task = task
  }

  var weightBytes: Int { weights.count + layer.filters.byteCount }

  func run(images: Int, in context: ExecutionContext) {
    // SAFETY: places and scratch are those that the task was made for, and weights and bias live in self.
    var task = unsafe self.task
    guard let shared else {
      unsafe task.tile_group = Int32(shape.group(images: images, threads: context.workers.count))
      unsafe context.run(
        task, from: input, adding: addend, to: output, images: images, isShared: false,
        by: shape.kernels.winograd)
      return
    }
    let passes = (images + shared - 1) / shared
    for pass in 0..<passes {
      let part = (images * pass / passes)..<(images * (pass + 1) / passes)
      unsafe task.tile_group = Int32(shape.sharedGroup(images: part.count))
      unsafe context.run(
        task, from: input, adding: addend, to: output, images: images, part: part, isShared: true,
        by: shape.kernels.winograd)
    }
  }
}
