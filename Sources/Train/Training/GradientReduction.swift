/// How the gradients of a batch come together where several processes have a share of it each.
///
/// It is asked after each backward pass, before anything looks at the gradients, so that all processes do the same.
public protocol GradientReduction: Sendable {
  /// Puts the whole batch's gradients in the place of this process's own.
  ///
  /// - Parameter own: what came out of this process's share.
  /// - Returns: what came out of the whole batch.
  func reduce(_ parameters: [Parameter], _ own: StepResult) -> StepResult
}

/// All of the batch is in this process.
public struct SingleProcess: GradientReduction {
  /// Makes the reduction.
  public init() {}

  /// Changes nothing: this process had the whole batch.
  public func reduce(_ parameters: [Parameter], _ own: StepResult) -> StepResult { own }
}
