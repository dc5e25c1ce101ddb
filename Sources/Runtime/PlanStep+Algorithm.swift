internal import FermFormat

extension PlanStep {
  /// How to compute the step in a session, if it is a convolution: the cheapest way for the session's largest batch.
  func algorithm(maxBatch: Int, kernels: KernelTable) -> ConvolutionAlgorithm {
    guard case .convolution(let layer) = computation else { return .direct }
    return ConvolutionCost(layer: layer, isPlanar: input.isPlanar, images: maxBatch, kernels: kernels)
      .cheapest()
  }

  /// The images that keep one thread busy by itself; nil where all threads share the step, because they then read its
  /// weights once.
  func group(_ algorithm: ConvolutionAlgorithm, maxBatch: Int, kernels: KernelTable) -> Int? {
    switch (computation, algorithm) {
    case (.linear, _): return nil
    case (.convolution(let layer), .winograd(let m)):
      if WinogradRun.isShared(layer, m: m, maxBatch: maxBatch, kernels) { return nil }
      let tiles = WinogradRun.tilesPerImage(layer, m: m)
      return (WinogradRun.chunk + tiles - 1) / tiles
    case (.convolution, .direct): return DirectRun.isShared(maxBatch: maxBatch) ? nil : 1
    default: return 1
    }
  }
}
