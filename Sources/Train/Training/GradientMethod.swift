/// How a step comes by the gradients that its optimiser gets.
public protocol GradientMethod: Sendable {
  /// Leaves the step's gradients in the parameters.
  ///
  /// - Parameter pass: computes gradients at the weights as they are then; at least once.
  /// - Throws: what the pass throws, with the weights as they were.
  func gradients(_ pass: GradientPass) throws(TrainError) -> StepResult
  /// How many passes a step takes at this share of the run, for estimates of its time.
  func passes(progress: Double) -> Int
}

extension GradientMethod {
  /// One.
  public func passes(progress: Double) -> Int { 1 }
}

/// The gradients at the weights as they are.
public struct PlainGradients: GradientMethod {
  /// Makes the method.
  public init() {}

  /// One pass forward and back.
  public func gradients(_ pass: GradientPass) throws(TrainError) -> StepResult { try pass() }
}

/// Forward and backward over a step's batch, to be done as often as a ``GradientMethod`` wants.
public struct GradientPass {
  /// The trained parameters.
  public let parameters: [Parameter]
  /// The threads.
  public let sharer: Sharer
  /// Lends memory until the step is over.
  public let pool: BufferPool
  /// The share of the run that is done.
  public let progress: Double
  /// The argument says whether running statistics follow the batch.
  let compute: (Bool) throws(TrainError) -> StepResult

  /// Replaces the gradients in the parameters by the whole batch's.
  ///
  /// - Parameter movesStatistics: whether batch norm's running statistics follow the batch, as they should once a step.
  /// - Throws: `processLost`, with the running statistics as they were.
  public func callAsFunction(movesStatistics: Bool = true) throws(TrainError) -> StepResult {
    try compute(movesStatistics)
  }
}
