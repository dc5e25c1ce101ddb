internal import Foundation

/// The descent of averaged SGD (Polyak and Juditsky, 1992), with PyTorch's decaying step size.
///
/// The average itself is ``WeightAverage``'s, which holds the running statistics of batch norm as well.
public struct AveragedSGD: UpdateRule {
  static let kind = OptimiserKind(name: "asgd", learningRate: 0.02, averages: true) { _ in AveragedSGD() }

  /// How fast the step size falls.
  public var decayTerm = 1e-4
  /// The power of the fall.
  public var power = 0.75

  public let buffers: [String] = []

  public func update(_ slice: ParameterSlice, step: Int, learningRate: Double) {
    let (w, g, decay) = (slice.weights, slice.gradients, slice.decay)
    let eta = learningRate / pow(1 + decayTerm * learningRate * Double(step - 1), power)
    let (kept, rate) = (Float(1 - decayTerm * eta), Float(eta))
    for i in 0..<slice.count {
      let slope = g[i] + decay * w[i]
      w[i] = w[i] * kept - rate * slope
    }
  }
}
