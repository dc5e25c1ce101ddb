internal import FermFormat

/// A step of a plan as one session runs it: a convolution by the method that suits the session's largest batch.
enum PreparedStep {
  case convolution(AnyConvolutionRun)
  case linear(LinearRun)
  case other(PlanStep)

  /// - Parameters:
  ///   - method: how to compute the step if it is a convolution.
  ///   - linear: whose products to use if it is a fully connected layer.
  ///   - batch: the images for which the work is shared out.
  ///   - images: the most that a pass takes.
  init(
    _ step: PlanStep, method: AnyConvolutionMethod?, linear: KernelTable, batch: Int, images: Int,
    packing: PackingThreads
  ) throws(FormatError) {
    if let method {
      self = .convolution(
        try method.prepare(
          ConvolutionSession(
            input: step.input, addend: step.others.first, output: step.output, batch: batch, images: images,
            packing: packing)))
    } else if case .linear(let layer) = step.computation {
      self = .linear(
        try LinearRun(layer, from: step.input, to: step.output, kernels: linear, workers: packing.workers))
    } else {
      self = .other(step)
    }
  }

  /// Bytes of the step's weights, those of convolutions as they are and packed.
  var weightBytes: Int {
    switch self {
    case .convolution(let run): return run.weightBytes
    case .linear(let run): return run.weightBytes
    case .other: return 0
    }
  }

  /// Runs the step for `images` images.
  func run(images: Int, in context: ExecutionContext) {
    switch self {
    case .convolution(let run): run.run(images, context)
    case .linear(let run): run.run(images: images, in: context)
    case .other(let step):
      if case .map(let computation) = step.computation {
        MapTask.run(computation, step, images: images, in: context)
      }
    }
  }
}
