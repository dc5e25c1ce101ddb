/// Adagrad (Duchi et al., 2011): each weight's step shrinks with the squares of all its gradients.
public struct Adagrad: UpdateRule {
  /// Keeps the division finite.
  public var epsilon: Float

  /// The sum of all squared gradients.
  public let buffers = ["sum"]

  /// Makes the rule.
  public init(epsilon: Float = 1e-10) { self.epsilon = epsilon }

  /// `w -= rate * gradient / (sqrt(sum) + epsilon)`.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let (decay, rate, epsilon) = (slice.decay, Float(learningRate), epsilon)
    for i in slice.weights.indices {
      let slope = slice.gradients[i] + decay * slice.weights[i]
      let sum = slice.first[i] + slope * slope
      slice.first[i] = sum
      slice.weights[i] -= rate * slope / (sum.squareRoot() + epsilon)
    }
  }
}
