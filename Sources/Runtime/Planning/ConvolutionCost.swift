internal import FermFormat

/// What a convolution costs by each algorithm, in processor cycles of one thread; the cheapest is taken.
///
/// The choice follows from the layer and the session's largest batch alone, not from the number of threads: those must not
/// change a result's bits. docs/performance.md explains the terms.
struct ConvolutionCost {
  let layer: FusedConvolution
  let isPlanar: Bool
  let images: Int
  let kernels: KernelTable

  /// The cheapest algorithm.
  func cheapest() -> ConvolutionAlgorithm {
    var best = (algorithm: ConvolutionAlgorithm.direct, cycles: direct)
    guard layer.window == Extent(3), layer.stride == Extent(1), layer.groups == 1, !isPlanar else {
      return best.algorithm
    }
    for m in [2, 4, 5] where isPossible(m) {
      guard let tile = kernels.tileCycles(m: m) else { continue }
      let cycles = winograd(m, tile: tile)
      if cycles < best.cycles { best = (.winograd(m: m), cycles) }
    }
    return best.algorithm
  }

  private func tilesPerImage(_ m: Int) -> Int { WinogradRun.tilesPerImage(layer, m: m) }

  /// What a thread must take together must not outgrow the caches, nor its transform memory.
  private func isPossible(_ m: Int) -> Bool {
    WinogradRun.unit(layer, m: m) <= WinogradRun.chunk
      && (m + 2) * (m + 2) * WinogradRun.chunk * layer.channels <= 1 << 24
  }

  private var depth: Double {
    Double(layer.channels * layer.window.height * layer.window.width / layer.groups)
  }
  private var panels: Double { Double(kernels.panels(layer.outputs)) }
  /// Cycles in which one step of k's weights arrive.
  private var weightCycles: Double { Double(4 * kernels.columns) / kernels.bytesPerCycle }

  private var direct: Double {
    let rows = Double(layer.wanted.height * layer.wanted.width)
    // A panel is read again for every image, but stays in the cache if it is small.
    return panels * depth * max(Double(images) * rows * kernels.rowCycles * 1.15, weightCycles)
  }

  private func winograd(_ m: Int, tile: (inward: Double, outward: Double)) -> Double {
    let tiles = Double(images * tilesPerImage(m))
    let products = Double((m + 2) * (m + 2))
    // A chunk of tiles reads all filters once; no chunk is larger than 24 tiles unless there are few.
    let chunk = tiles <= Double(WinogradRun.sharedTiles) ? tiles : Double(WinogradRun.chunk)
    let multiplying =
      products * panels * Double(layer.channels) * (tiles / chunk)
      * max(chunk * kernels.rowCycles * 1.05, weightCycles)
    let transforming =
      tiles
      * (Double(kernels.blocks(layer.channels)) * tile.inward + Double(kernels.blocks(layer.outputs))
        * tile.outward)
    return multiplying + transforming
  }
}
