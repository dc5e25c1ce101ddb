internal import FermFormat

/// A step of a plan as one session runs it: a convolution by the method that suits the session's largest batch.
enum PreparedStep {
  case convolution(AnyConvolutionRun)
  case other(PlanStep)

  /// - Parameters:
  ///   - method: how to compute the step if it is a convolution.
  ///   - batch: the images for which the work is shared out.
  ///   - images: the most that a pass takes.
  init(
    _ step: PlanStep, method: AnyConvolutionMethod?, batch: Int, images: Int, workers: Workers
  ) throws(FormatError) {
    guard let method else {
      self = .other(step)
      return
    }
    self = .convolution(
      try method.prepare(
        ConvolutionSession(
          input: step.input, output: step.output, batch: batch, images: images, workers: workers)))
  }

  /// Bytes of the step's weights, those of convolutions as they are and packed.
  var weightBytes: Int {
    switch self {
    case .convolution(let run): return run.weightBytes
    case .other(let step):
      switch step.computation {
      case .linear(let layer): return layer.weightBytes
      case .convolution, .map: return 0
      }
    }
  }

  /// Runs the step for `images` images.
  func run(images: Int, in context: ExecutionContext) {
    switch self {
    case .convolution(let run): run.run(images, context)
    case .other(let step):
      switch step.computation {
      case .linear(let layer): layer.run(step.input, step.output, images: images, in: context)
      case .map(let computation): MapTask.run(computation, step, images: images, in: context)
      case .convolution: break  // it is prepared in a way of its own
      }
    }
  }
}
