/// Adadelta (Zeiler, 2012): steps in the units of the weights, from two running mean squares.
public struct Adadelta: UpdateRule {
  /// The decay of both mean squares.
  public var rho: Float
  /// Keeps the roots away from zero.
  public var epsilon: Float

  /// Mean squares of the gradients, and of the steps.
  public let buffers = ["square", "step"]

  /// Makes the rule.
  public init(rho: Float = 0.9, epsilon: Float = 1e-6) {
    self.rho = rho
    self.epsilon = epsilon
  }

  /// `w -= rate * RMS(steps) / RMS(gradients) * gradient`.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let (decay, rate, rho, epsilon) = (slice.decay, Float(learningRate), rho, epsilon)
    for i in slice.weights.indices {
      let slope = slice.gradients[i] + decay * slice.weights[i]
      let square = rho * slice.first[i] + (1 - rho) * slope * slope
      let last = slice.second[i]
      let change = (last + epsilon).squareRoot() / (square + epsilon).squareRoot() * slope
      slice.first[i] = square
      slice.second[i] = rho * last + (1 - rho) * change * change
      slice.weights[i] -= rate * change
    }
  }
}
