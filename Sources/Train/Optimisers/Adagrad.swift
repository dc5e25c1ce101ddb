/// Adagrad (Duchi et al., 2011): each weight's step shrinks with the squares of all its gradients.
public struct Adagrad: UpdateRule {
  static let kind = OptimiserKind(name: "adagrad", learningRate: 0.01) { _ in Adagrad() }

  /// Keeps the division finite.
  public var epsilon: Float = 1e-10

  public let buffers = ["sum"]

  public func update(_ slice: ParameterSlice, step: Int, learningRate: Double) {
    let (w, g, sums) = (slice.weights, slice.gradients, slice.buffers[0])
    let (decay, rate, epsilon) = (slice.decay, Float(learningRate), epsilon)
    for i in 0..<slice.count {
      let slope = g[i] + decay * w[i]
      let sum = sums[i] + slope * slope
      sums[i] = sum
      w[i] -= rate * slope / (sum.squareRoot() + epsilon)
    }
  }
}
