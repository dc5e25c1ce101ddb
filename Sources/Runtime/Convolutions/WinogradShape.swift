package import FermFormat
package import FermKernels

/// A 3x3 convolution as Winograd's algorithm F(m,3) computes it, or at stride 2 F(3,2) of its four phases: tiles of m x m outputs.
package struct WinogradShape: Sendable {
  /// Tiles that a thread takes through all three passes at a time: four groups of six rows.
  package static let usualTiles = 24
  /// Up to so many tiles, all threads share the transformed inputs and split the outputs, so that every filter is read
  /// once; filters that the caches hold are worth it only where there are few tiles for each thread.
  package static let sharedTiles = 128
  /// Filters of so many bytes stay in a core's own caches.
  private static let cachedBytes = 2 << 20
  /// Filters of more bytes leave the last cache no room for maps.
  private static let largestFilters = 20 << 20

  /// The sizes of tiles that there are, for one kind of products or another.
  package static var sizes: [Int] { [2, 3, 4, 5, 6] }

  package let convolution: ConvolutionShape
  /// Outputs of a tile in each direction: 2 to 6.
  package let m: Int
  /// Outputs that are computed: pooling leaves out an odd last row and column.
  package let wanted: Extent
  /// Whether 2x2 maxima are taken of them.
  package let isPooled: Bool
  package let kernels: KernelTable

  /// Nil where the convolution is none that the algorithm computes.
  package init?(_ convolution: ConvolutionShape, m: Int, isPooled: Bool = false, kernels: KernelTable) {
    guard convolution.window == Extent(3), convolution.groups == 1, convolution.dilation == Extent(1),
      convolution.stride == Extent(1) || (convolution.stride == Extent(2) && m == 3 && !isPooled)
    else { return nil }
    self.convolution = convolution
    self.m = m
    self.isPooled = isPooled
    wanted = isPooled ? convolution.outSize.pooled : convolution.outSize
    self.kernels = kernels
    // Single precision has larger tiles for all maps but those that F(3,3) alone covers without rest, such as 6x6.
    guard m != 3 || phases > 1 || kernels.isNarrow || wanted.isMultiple(of: 3) else { return nil }
    // Filters are seven times as large as they were: where they crowd the last cache, reading them takes what tiles save.
    guard m != 6 || (wanted.isMultiple(of: 6) && !isPooled && 4 * filterUnits <= Self.largestFilters) else {
      return nil
    }
  }

  /// Tiles of an image, down and across.
  package var tiles: Extent {
    Extent(height: (wanted.height + m - 1) / m, width: (wanted.width + m - 1) / m)
  }
  package var tilesPerImage: Int { tiles.height * tiles.width }
  /// Multiplications that a tile takes for each pair of channels.
  package var products: Int { Int(ferm_winograd_products(Int32(m), stride)) }
  /// Parts of each channel that are transformed on their own: the phases of stride 2.
  package var phases: Int { Int(ferm_winograd_phases(stride, 0)) }
  private var stride: Int32 { Int32(convolution.stride.height) }
  /// Registers of channels of the input, and of the output.
  package var blocks: Int { kernels.blocks(convolution.channels) }
  package var outBlocks: Int { kernels.blocks(convolution.outputs) }
  /// Panels of outputs.
  package var panels: Int { kernels.panels(convolution.outputs) }
  /// Panels that are multiplied between two output transforms.
  package var panelGroup: Int { max(1, 32 / kernels.columns) }
  /// Steps of a product: channels, or pairs of them.
  package var depth: Int { blocks * kernels.lanes / kernels.inUnit }
  /// Floats of packed filters, or pairs of bf16.
  package var filterUnits: Int { panels * kernels.columns * depth * steps }
  /// Steps of all products, for each step of a product's depth.
  package var steps: Int { Int(ferm_winograd_before(stride, Int32(products))) }

  /// Tiles that a thread must take together: where pooling's windows straddle tiles, two rows of them, or whole images.
  package var unit: Int {
    guard isPooled, !m.isMultiple(of: 2) else { return 1 }
    return tiles.width * (tiles.height.isMultiple(of: 2) ? 2 : tiles.height)
  }

  /// Tiles that a thread takes at a time, as many units as come nearest to the usual number.
  package var group: Int { max(1, Self.usualTiles / unit) * unit }

  /// Equal groups for a run of a session, and smaller ones for a small run, so that every thread gets one.
  func group(images: Int, threads: Int) -> Int {
    let units = images * tilesPerImage / unit
    let most = min(group / unit, max((units + threads - 1) / threads, (5 + unit) / unit))
    let groups = (units + most - 1) / most
    return (units + groups - 1) / groups * unit
  }

  /// The most tiles that a thread multiplies at a time where all share the transformed inputs of so many images.
  package func mostShared(images: Int) -> Int {
    let tiles = images * tilesPerImage
    // Where two numbers fit into the place of one there are tiles of smaller size, and more: their sums would fill the cache.
    return kernels.isNarrow ? min(tiles, group) : tiles
  }

  /// Equal groups of these.
  func sharedGroup(images: Int) -> Int {
    let units = images * tilesPerImage / unit
    let most = mostShared(images: images) / unit
    let groups = (units + most - 1) / most
    return (units + groups - 1) / groups * unit
  }

  /// Groups for a step of training: as many for each thread, so that none waits long for the last.
  package func evenGroup(images: Int, threads: Int) -> Int {
    let tiles = images * tilesPerImage
    let atOnce = Self.usualTiles * threads
    let groups = max(1, (tiles + atOnce - 1) / atOnce) * threads
    return (tiles + groups - 1) / groups
  }

  /// Whether the threads share the transformed inputs of a batch, as large filters are then read once.
  package func sharesLargeFilters(images: Int) -> Bool {
    images * tilesPerImage <= Self.sharedTiles && 4 * filterUnits > Self.cachedBytes
  }

  /// The kernels' task for so many images, but for what it reads, writes and works in.
  package func task(images: Int, relu: Bool = false) -> ferm_winograd {
    var task = unsafe ferm_winograd()
    unsafe task.m = Int32(m)
    unsafe task.stride = stride
    unsafe task.narrow = kernels.isNarrow ? 1 : 0
    unsafe task.images = Int32(images)
    unsafe task.height = Int32(convolution.size.height)
    unsafe task.width = Int32(convolution.size.width)
    unsafe task.pad_top = Int32(convolution.padding.top)
    unsafe task.pad_left = Int32(convolution.padding.left)
    unsafe task.blocks = Int32(blocks)
    unsafe task.out_height = Int32(wanted.height)
    unsafe task.out_width = Int32(wanted.width)
    unsafe task.out_blocks = Int32(outBlocks)
    unsafe task.panels = Int32(panels)
    unsafe task.tiles_y = Int32(tiles.height)
    unsafe task.tiles_x = Int32(tiles.width)
    unsafe task.pool = isPooled ? 1 : 0
    unsafe task.relu = relu ? 1 : 0
    unsafe task.panel_group = Int32(panelGroup)
    unsafe task.tile_group = Int32(group)
    return unsafe task
  }
}

extension Extent {
  /// Rows and columns that windows of 2x2 cover.
  var pooled: Extent { Extent(height: height / 2 * 2, width: width / 2 * 2) }

  /// Whether tiles of this side cover it.
  func isMultiple(of side: Int) -> Bool { height.isMultiple(of: side) && width.isMultiple(of: side) }
}
