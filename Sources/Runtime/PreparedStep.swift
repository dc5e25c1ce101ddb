internal import FermFormat

/// A step of a plan as one session runs it: for a convolution, with the algorithm that suits the session's largest batch.
enum PreparedStep {
  case winograd(WinogradRun)
  case direct(DirectRun)
  case other(PlanStep)

  /// - Parameters:
  ///   - algorithm: how to compute the step if it is a convolution.
  ///   - batch: the images for which the work is shared out.
  ///   - images: the most that a pass takes.
  init(
    _ step: PlanStep, algorithm: ConvolutionAlgorithm, batch: Int, images: Int, kernels: KernelTable,
    workers: Workers
  ) throws(FormatError) {
    guard case .convolution(let layer) = step.computation else {
      self = .other(step)
      return
    }
    switch algorithm {
    case .direct:
      self = .direct(
        try DirectRun(
          layer, input: step.input, output: step.output, isShared: DirectRun.isShared(maxBatch: batch),
          kernels: kernels))
    case .winograd(let m):
      self = .winograd(
        try WinogradRun(
          layer, m: m, input: step.input, output: step.output,
          isShared: WinogradRun.isShared(layer, m: m, maxBatch: batch, kernels), images: images,
          kernels: kernels, workers: workers))
    }
  }

  /// Bytes of the step's weights, those of convolutions as they are and packed.
  var weightBytes: Int {
    switch self {
    case .winograd(let run): return run.weightBytes
    case .direct(let run): return run.weightBytes
    case .other(let step): if case .linear(let layer) = step.computation { return layer.weightBytes }
    }
    return 0
  }

  /// Runs the step for `images` images.
  func run(images: Int, in context: ExecutionContext) {
    switch self {
    case .winograd(let run): run.run(images: images, in: context)
    case .direct(let run): run.run(images: images, in: context)
    case .other(let step):
      if case .linear(let layer) = step.computation {
        layer.run(step.input, step.output, images: images, in: context)
      } else {
        unsafe MapTask.run(step, images: images, in: context)
      }
    }
  }
}
