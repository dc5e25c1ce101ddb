/// Stochastic gradient descent with momentum, Nesterov's or classic, as PyTorch defines it (Sutskever et al., 2013).
public struct SGD: UpdateRule {
  static let nesterov = OptimiserKind(name: "nesterov", learningRate: 0.05, takesMomentum: true) {
    SGD(momentum: $0.momentum, isNesterov: true)
  }
  static let plain = OptimiserKind(name: "sgd", learningRate: 0.02, takesMomentum: true) {
    SGD(momentum: $0.momentum, isNesterov: false)
  }

  /// The share of the last step's velocity that goes on.
  public let momentum: Float
  /// Whether the gradient is corrected by looking one step ahead.
  public let isNesterov: Bool

  public let buffers = ["velocity"]

  public func update(_ slice: ParameterSlice, step: Int, learningRate: Double) {
    let (w, g, v) = (slice.weights, slice.gradients, slice.buffers[0])
    let (momentum, decay, rate) = (step == 1 ? 0 : momentum, slice.decay, Float(learningRate))
    // One factor for each of the two terms serves both forms: w -= rate * (own * slope + ahead * speed).
    let (own, ahead): (Float, Float) = isNesterov ? (1, self.momentum) : (0, 1)
    for i in 0..<slice.count {
      let slope = g[i] + decay * w[i]
      let speed = momentum * v[i] + slope
      v[i] = speed
      w[i] -= rate * (own * slope + ahead * speed)
    }
  }
}
