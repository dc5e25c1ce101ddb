/// Stochastic gradient descent with momentum, Nesterov's or classic, as PyTorch defines it (Sutskever et al., 2013).
public struct SGD: UpdateRule {
  /// The share of the last step's velocity that goes on.
  public var momentum: Float
  /// Whether the gradient is corrected by looking one step ahead.
  public var isNesterov: Bool

  /// The velocity: past gradients, each step's weighted by ``momentum`` once more.
  public let buffers = ["velocity"]

  /// Makes the rule.
  public init(momentum: Float = 0.9, isNesterov: Bool = true) {
    self.momentum = momentum
    self.isNesterov = isNesterov
  }

  /// `w -= rate * velocity`, looked at one step ahead with Nesterov's form.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let (momentum, decay, rate) = (step == 1 ? 0 : momentum, slice.decay, Float(learningRate))
    // One factor for each of the two terms serves both forms: w -= rate * (own * slope + ahead * speed).
    let (own, ahead): (Float, Float) = isNesterov ? (1, self.momentum) : (0, 1)
    for i in slice.weights.indices {
      let slope = slice.gradients[i] + decay * slice.weights[i]
      let speed = momentum * slice.first[i] + slope
      slice.first[i] = speed
      slice.weights[i] -= rate * (own * slope + ahead * speed)
    }
  }
}
