internal import FermFormat
internal import FermKernels

/// A convolution by Winograd's algorithm, ready to run in one session.
@safe struct WinogradRun {
  /// Tiles that a thread takes through all three passes at a time: four groups of six rows.
  static let chunk = 24
  /// Up to so many tiles, all threads share the transformed inputs and split the outputs, so that every filter is read
  /// once; filters that the caches hold are worth it only where there are few tiles for each thread.
  static let sharedTiles = 128

  private let input: Place
  private let output: Place
  private let task: ferm_winograd
  private let isShared: Bool
  // These keep what the task points to.
  private let weights: PackedFilters
  private let layer: FusedConvolution
  /// Bytes of filters, as they are and packed.
  var weightBytes: Int { weights.count + layer.filters.plain.count }

  init(
    _ layer: FusedConvolution, m: Int, input: Place, output: Place, isShared: Bool, images: Int,
    kernels: KernelTable, workers: Workers
  ) throws(FormatError) {
    self.layer = layer
    self.input = input
    self.output = output
    self.isShared = isShared
    var task = unsafe Self.task(layer, m: m, input: input, isShared: isShared, images: images, kernels)
    unsafe task.pitch = input.stride
    unsafe task.out_pitch = output.stride
    let block = unsafe Int(task.panel_group)
    let filterBytes = Self.filterBytes(layer, m: m, kernels)

    let (outputs, channels) = (layer.outputs, layer.channels)
    weights = try layer.filters.packed(as: .init(algorithm: .winograd(m: m))) { () throws(FormatError) in
      let packed = try AlignedBytes(count: filterBytes)
      let panels = kernels.panels(outputs)
      // SAFETY: each call writes its own panel of memory that is as large as all of them.
      workers.forEach(panels) { panel in
        unsafe ferm_winograd_pack(
          kernels.table, Int32(m), layer.filters.plain.floats, Int32(outputs), Int32(channels), Int32(block),
          Int32(panel), Int32(panel + 1), packed.floats)
      }
      return packed
    }
    unsafe task.filters = UnsafePointer(weights.floats)
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe task.scratch_size = ferm_winograd_scratch(kernels.table, &task)
    unsafe self.task = task
  }

  /// The task but for what it reads and writes.
  private static func task(
    _ layer: FusedConvolution, m: Int, input: Place, isShared: Bool, images: Int, _ kernels: KernelTable
  ) -> ferm_winograd {
    var task = unsafe ferm_winograd()
    unsafe task.m = Int32(m)
    unsafe task.images = Int32(images)
    unsafe task.height = Int32(input.shape[1])
    unsafe task.width = Int32(input.shape[2])
    unsafe task.pad_top = Int32(layer.padding.top)
    unsafe task.pad_left = Int32(layer.padding.left)
    unsafe task.blocks = Int32(kernels.blocks(layer.channels))
    unsafe task.out_height = Int32(layer.wanted.height)
    unsafe task.out_width = Int32(layer.wanted.width)
    unsafe task.out_blocks = Int32(kernels.blocks(layer.outputs))
    unsafe task.panels = Int32(kernels.panels(layer.outputs))
    unsafe task.tiles_y = Int32((layer.wanted.height + m - 1) / m)
    unsafe task.tiles_x = Int32((layer.wanted.width + m - 1) / m)
    unsafe task.pool = layer.pool ? 1 : 0
    unsafe task.relu = layer.relu ? 1 : 0
    unsafe task.panel_group = Int32(max(1, 32 / kernels.columns))
    unsafe task.tile_group = Int32(chunk(layer, m: m, unit: unit(layer, m: m)))
    // Only whether the pointer is there counts for the sizes; a run sets it.
    unsafe task.shared = isShared ? UnsafeMutablePointer(bitPattern: 64) : nil
    return unsafe task
  }

  /// Its memory in a session of which a pass takes `images` images.
  static func memory(
    _ layer: FusedConvolution, m: Int, input: Place, isShared: Bool, images: Int, _ kernels: KernelTable
  ) -> StepMemory {
    var task = unsafe task(layer, m: m, input: input, isShared: isShared, images: images, kernels)
    return unsafe StepMemory(
      each: ferm_winograd_scratch(kernels.table, &task),
      shared: isShared ? ferm_winograd_shared(kernels.table, &task) : 0)
  }

  /// Tiles that a thread must take together: where pooling's windows straddle tiles, two rows of them, or whole images.
  static func unit(_ layer: FusedConvolution, m: Int) -> Int {
    guard layer.pool, !m.isMultiple(of: 2) else { return 1 }
    let rows = (layer.wanted.height + m - 1) / m
    return tilesPerImage(layer, m: m) / rows * (rows.isMultiple(of: 2) ? 2 : rows)
  }

  /// Tiles of a chunk: as many units as come nearest.
  private static func chunk(_ layer: FusedConvolution, m: Int, unit: Int) -> Int {
    max(1, chunk / unit) * unit
  }

  static func tilesPerImage(_ layer: FusedConvolution, m: Int) -> Int {
    ((layer.wanted.height + m - 1) / m) * ((layer.wanted.width + m - 1) / m)
  }

  /// Whether the threads share the transformed inputs.
  static func isShared(_ layer: FusedConvolution, m: Int, maxBatch: Int, _ kernels: KernelTable) -> Bool {
    let tiles = maxBatch * tilesPerImage(layer, m: m)
    return tiles <= 2 * chunk || (tiles <= sharedTiles && filterBytes(layer, m: m, kernels) > 2 << 20)
  }

  static func filterBytes(_ layer: FusedConvolution, m: Int, _ kernels: KernelTable) -> Int {
    unsafe 4 * ferm_winograd_packed(kernels.table, Int32(m), Int32(layer.outputs), Int32(layer.channels))
  }

  func run(images: Int, in context: ExecutionContext) {
    var task = unsafe self.task
    unsafe task.images = Int32(images)
    // SAFETY: places and scratch are those that the task was made for, and weights and bias live in self.
    unsafe task.input = context.source(input, images: images)
    unsafe task.output = context.floats(output, images: images)
    unsafe task.scratch = context.scratch
    unsafe task.shared = isShared ? context.shared : nil
    let table = unsafe context.kernels.table
    unsafe withUnsafeMutablePointer(to: &task) { task in
      if isShared {
        unsafe context.onEachThread(table.pointee.winograd_transform, task)
        unsafe task.pointee.next = 0
        unsafe context.onEachThread(table.pointee.winograd_multiply, task)
      } else {
        unsafe spread(task, over: context.workers.count)
        unsafe context.onEachThread(table.pointee.winograd, task)
      }
    }
  }

  /// Equal chunks, and smaller ones for a small run, so that every thread gets one.
  private func spread(_ task: UnsafeMutablePointer<ferm_winograd>, over threads: Int) {
    let unit = unsafe Self.unit(layer, m: Int(task.pointee.m))
    let units = unsafe Int(task.pointee.images * task.pointee.tiles_y * task.pointee.tiles_x) / unit
    let most = unsafe min(
      Int(task.pointee.tile_group) / unit, max((units + threads - 1) / threads, (5 + unit) / unit))
    let chunks = (units + most - 1) / most
    unsafe task.pointee.tile_group = Int32((units + chunks - 1) / chunks * unit)
  }
}
