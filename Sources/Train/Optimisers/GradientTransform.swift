/// What is done to the gradients of all parameters together before the optimiser gets them.
public protocol GradientTransform: Sendable {
  /// Changes the gradients of these parameters; the bits must not depend on the number of threads.
  func apply(to parameters: [Parameter], _ sharer: Sharer)
}

/// Scales all gradients down to a norm of at most `largest` (Pascanu et al., 2013).
public struct NormClip: GradientTransform {
  /// The largest Euclidean norm over all gradients.
  public var largest: Double

  /// Makes the transform.
  public init(to largest: Double) { self.largest = largest }

  /// Takes one pass over all gradients for the norm, and one to scale them if it is too large.
  public func apply(to parameters: [Parameter], _ sharer: Sharer) {
    let norm = Gradients.norm(parameters, sharer)
    guard norm > largest else { return }
    let factor = Float(largest / (norm + 1e-6))
    for gradient in parameters.compactMap({ $0.gradient }) {
      gradient.writePieces(sharer) { g in for i in g.indices { g[i] *= factor } }
    }
  }
}
