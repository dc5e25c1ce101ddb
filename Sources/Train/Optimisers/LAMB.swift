internal import Foundation

/// LAMB (You et al., 2020, algorithm 2): Adam's direction, of a length that goes with the parameter's own norm.
///
/// The moments are corrected for their start at zero, weight decay is part of the direction, norms are taken as they are
/// (phi(x) = x), and a parameter or direction of norm zero has a trust ratio of 1.
public struct LAMB: WholeParameterRule {
  /// The decay of the mean and of the mean square.
  public var betas: (mean: Double, square: Double)
  /// Keeps the division finite.
  public var epsilon: Float

  /// Mean and mean square of the gradients.
  public let buffers = ["mean", "square"]

  /// Makes the rule.
  public init(betas: (mean: Double, square: Double) = (0.9, 0.999), epsilon: Float = 1e-6) {
    self.betas = betas
    self.epsilon = epsilon
  }

  /// What corrects mean and root mean square for their start at zero.
  private func corrections(_ step: Int) -> (mean: Float, root: Float) {
    (
      Float(1 / (1 - pow(betas.mean, Double(step)))),
      Float((1 - pow(betas.square, Double(step))).squareRoot())
    )
  }

  /// The squared norms of weights and direction; the moments follow the gradients.
  public func sums(over slice: inout ParameterSlice, step: Int) -> SIMD4<Double> {
    let (b1, b2) = (Float(betas.mean), Float(betas.square))
    let (n1, n2) = (Float(1 - betas.mean), Float(1 - betas.square))
    let (correction, root) = corrections(step)
    let (decay, epsilon) = (slice.decay, epsilon)
    var sums = SIMD4<Double>()
    for i in slice.weights.indices {
      let (w, slope) = (slice.weights[i], slice.gradients[i])
      let mean = b1 * slice.first[i] + n1 * slope
      let square = b2 * slice.second[i] + n2 * slope * slope
      slice.first[i] = mean
      slice.second[i] = square
      let direction = correction * mean / (square.squareRoot() / root + epsilon) + decay * w
      sums += SIMD4(Double(w) * Double(w), Double(direction) * Double(direction), 0, 0)
    }
    return sums
  }

  /// `w -= rate * trust * direction`, trust being the norm of the weights over that of the direction.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let (norm, length) = (slice.sums[0].squareRoot(), slice.sums[1].squareRoot())
    let rate = Float(learningRate * (norm > 0 && length > 0 ? norm / length : 1))
    let (correction, root) = corrections(step)
    let (decay, epsilon) = (slice.decay, epsilon)
    for i in slice.weights.indices {
      let w = slice.weights[i]
      let direction =
        correction * slice.first[i] / (slice.second[i].squareRoot() / root + epsilon) + decay * w
      slice.weights[i] = w - rate * direction
    }
  }
}
