internal import Foundation

/// Adam (Kingma and Ba, 2015), AMSGrad (Reddi et al., 2018) and AdamW (Loshchilov and Hutter, 2019).
public struct Adam: UpdateRule {
  /// The decay of the mean and of the mean square.
  public var betas: (mean: Double, square: Double)
  /// Keeps the division finite.
  public var epsilon: Float
  /// AMSGrad: divides by the largest mean square so far.
  public var keepsLargest: Bool
  /// AdamW: weights decay by themselves, not through the gradient.
  public var isDecoupled: Bool

  /// Mean and mean square of the gradients, and for AMSGrad the largest mean square so far.
  public var buffers: [String] { keepsLargest ? ["mean", "square", "largest"] : ["mean", "square"] }

  /// Makes the rule.
  public init(
    betas: (mean: Double, square: Double) = (0.9, 0.999), epsilon: Float = 1e-8, keepsLargest: Bool = false,
    isDecoupled: Bool = false
  ) {
    self.betas = betas
    self.epsilon = epsilon
    self.keepsLargest = keepsLargest
    self.isDecoupled = isDecoupled
  }

  /// `w -= rate * mean / (sqrt(square) + epsilon)`, both corrected for their start at zero.
  public func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
    let (b1, b2) = (Float(betas.mean), Float(betas.square))
    let (n1, n2) = (Float(1 - betas.mean), Float(1 - betas.square))
    let rate = Float(learningRate / (1 - pow(betas.mean, Double(step))))
    let root = Float((1 - pow(betas.square, Double(step))).squareRoot())
    let kept = isDecoupled ? Float(1 - learningRate * Double(slice.decay)) : 1
    let (decay, epsilon) = (isDecoupled ? 0 : slice.decay, epsilon)
    if keepsLargest {
      for i in slice.weights.indices {
        let slope = slice.gradients[i] + decay * slice.weights[i]
        let mean = b1 * slice.first[i] + n1 * slope
        let square = b2 * slice.second[i] + n2 * slope * slope
        let largest = slice.third[i]
        let top = largest > square ? largest : square
        slice.first[i] = mean
        slice.second[i] = square
        slice.third[i] = top
        slice.weights[i] = slice.weights[i] * kept - rate * mean / (top.squareRoot() / root + epsilon)
      }
    } else {
      for i in slice.weights.indices {
        let slope = slice.gradients[i] + decay * slice.weights[i]
        let mean = b1 * slice.first[i] + n1 * slope
        let square = b2 * slice.second[i] + n2 * slope * slope
        slice.first[i] = mean
        slice.second[i] = square
        slice.weights[i] = slice.weights[i] * kept - rate * mean / (square.squareRoot() / root + epsilon)
      }
    }
  }
}
