/// Adadelta (Zeiler, 2012): steps in the units of the weights, from two running mean squares.
public struct Adadelta: UpdateRule {
  static let kind = OptimiserKind(name: "adadelta", learningRate: 1) { _ in Adadelta() }

  /// The decay of both mean squares.
  public var rho: Float = 0.9
  /// Keeps the roots away from zero.
  public var epsilon: Float = 1e-6

  public let buffers = ["square", "step"]

  public func update(_ slice: ParameterSlice, step: Int, learningRate: Double) {
    let (w, g, squares, steps) = (slice.weights, slice.gradients, slice.buffers[0], slice.buffers[1])
    let (decay, rate, rho, epsilon) = (slice.decay, Float(learningRate), rho, epsilon)
    for i in 0..<slice.count {
      let slope = g[i] + decay * w[i]
      let square = rho * squares[i] + (1 - rho) * slope * slope
      let change = (steps[i] + epsilon).squareRoot() / (square + epsilon).squareRoot() * slope
      squares[i] = square
      steps[i] = rho * steps[i] + (1 - rho) * change * change
      w[i] -= rate * change
    }
  }
}
