internal import Foundation

/// Adam (Kingma and Ba, 2015), AMSGrad (Reddi et al., 2018) and AdamW (Loshchilov and Hutter, 2019).
public struct Adam: UpdateRule {
  static let plain = OptimiserKind(name: "adam", learningRate: 1e-3) { _ in Adam() }
  static let amsgrad = OptimiserKind(name: "amsgrad", learningRate: 1e-3) { _ in Adam(keepsLargest: true) }
  static let decoupled = OptimiserKind(name: "adamw", learningRate: 1e-3) { _ in Adam(isDecoupled: true) }

  /// The decay of the mean and of the mean square.
  public var betas = (mean: 0.9, square: 0.999)
  /// Keeps the division finite.
  public var epsilon: Float = 1e-8
  /// AMSGrad: divides by the largest mean square so far.
  public var keepsLargest = false
  /// AdamW: weights decay by themselves, not through the gradient.
  public var isDecoupled = false

  public var buffers: [String] { keepsLargest ? ["mean", "square", "largest"] : ["mean", "square"] }

  public func update(_ slice: ParameterSlice, step: Int, learningRate: Double) {
    let (w, g, m, s) = (slice.weights, slice.gradients, slice.buffers[0], slice.buffers[1])
    let (b1, b2) = (Float(betas.mean), Float(betas.square))
    let (n1, n2) = (Float(1 - betas.mean), Float(1 - betas.square))
    let rate = Float(learningRate / (1 - pow(betas.mean, Double(step))))
    let root = Float((1 - pow(betas.square, Double(step))).squareRoot())
    let kept = isDecoupled ? Float(1 - learningRate * Double(slice.decay)) : 1
    let (decay, epsilon) = (isDecoupled ? 0 : slice.decay, epsilon)
    if keepsLargest {
      let largest = slice.buffers[2]
      for i in 0..<slice.count {
        let slope = g[i] + decay * w[i]
        let mean = b1 * m[i] + n1 * slope
        let square = b2 * s[i] + n2 * slope * slope
        let top = largest[i] > square ? largest[i] : square
        m[i] = mean
        s[i] = square
        largest[i] = top
        w[i] = w[i] * kept - rate * mean / (top.squareRoot() / root + epsilon)
      }
    } else {
      for i in 0..<slice.count {
        let slope = g[i] + decay * w[i]
        let mean = b1 * m[i] + n1 * slope
        let square = b2 * s[i] + n2 * slope * slope
        m[i] = mean
        s[i] = square
        w[i] = w[i] * kept - rate * mean / (square.squareRoot() / root + epsilon)
      }
    }
  }
}
