internal import FermFormat

/// What it takes to compute a convolution, in processor cycles of one thread.
///
/// The choice between ways follows from the layer and the largest batch alone, not from the number of threads: those must
/// not change a result's bits. docs/performance.md explains the terms.
package struct ConvolutionCost: Comparable, Sendable {
  package let cycles: Double

  package static func < (a: ConvolutionCost, b: ConvolutionCost) -> Bool { a.cycles < b.cycles }

  /// By the definition, `wanted` outputs of each channel.
  ///
  /// - Parameter depth: steps of an output's sum; with groups, those of the channels that its panel takes.
  init(
    definition shape: ConvolutionShape, depth: Int, wanted: Extent, images: Int, kernels: KernelTable
  ) {
    let rows = Double(wanted.height * wanted.width)
    // A panel is read again for every image, but stays in the cache if it is small.
    cycles =
      Double(kernels.panels(shape.outputs)) * Double(depth)
      * max(Double(images) * rows * kernels.rowCycles * 1.15, kernels.weightCycles)
  }

  /// A register of channels at a time, each with its own input.
  init(depthwise shape: ConvolutionShape, images: Int, kernels: KernelTable) {
    // Two loads feed a multiply-add, where neighbours do not share what they read.
    cycles = Double(images * kernels.blocks(shape.channels) * shape.pixels * (2 * shape.taps + 8))
  }

  /// By Winograd's algorithm with filters that were packed before.
  ///
  /// - Parameter tileCycles: what the transforms of a register of a tile cost.
  init(inference shape: WinogradShape, tileCycles: (inward: Double, outward: Double), images: Int) {
    let kernels = shape.kernels
    let tiles = Double(images * shape.tilesPerImage)
    // A group of tiles reads all filters once; none is larger than 24 tiles unless there are few.
    let group = tiles <= Double(WinogradShape.sharedTiles) ? tiles : Double(WinogradShape.usualTiles)
    let multiplying =
      Double(shape.steps) * Double(shape.panels) * Double(shape.convolution.channels)
      / Double(kernels.inUnit) * (tiles / group)
      * max(group * kernels.rowCycles * 1.05, kernels.weightCycles)
    let inward = Double(shape.blocks * shape.phases) * tileCycles.inward
    let transforming = tiles * (inward + Double(shape.outBlocks) * tileCycles.outward)
    cycles = multiplying + transforming
  }

  /// By Winograd's algorithm with filters that are made anew.
  ///
  /// - Parameter tileCycles: as above, in a step whose maps the caches do not hold.
  package init(training shape: WinogradShape, tileCycles: (inward: Int, outward: Int), images: Int) {
    let (channels, outputs) = (shape.convolution.channels, shape.convolution.outputs)
    let products = shape.products * channels * outputs / shape.kernels.inUnit
    let tile = products + channels * tileCycles.inward + outputs * tileCycles.outward
    cycles = Double(images * shape.tilesPerImage * tile / shape.kernels.lanes + products / 2)
  }
}

extension KernelTable {
  /// Cycles in which the weights of one step of a panel's depth arrive.
  fileprivate var weightCycles: Double { Double(4 * columns) / bytesPerCycle }
}
