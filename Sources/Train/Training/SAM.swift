internal import FermFormat

/// Sharpness-aware minimisation (Foret et al., 2021): the gradients at the point, `rho` away from the weights, to which the
/// loss rises fastest. A step so seeks weights around which the loss is low, at the price of two passes.
public struct SAM: GradientMethod {
  /// How far away, as the Euclidean distance over all trained parameters.
  public var rho: Double
  /// The share of the run before which gradients are those at the weights themselves. Little is lost by a late start: which minimum
  /// is found is settled at the end (Zhou et al., 2025, arXiv 2410.10373).
  public var start: Double

  /// Makes the method.
  public init(rho: Double, from start: Double = 0) { (self.rho, self.start) = (rho, start) }

  /// Two, from ``start`` on.
  public func passes(progress: Double) -> Int { progress >= start ? 2 : 1 }

  /// The result is that of the weights themselves, and so are the running statistics; the weights come back bit for bit.
  public func gradients(_ pass: GradientPass) throws(TrainError) -> StepResult {
    let result = try pass()
    guard pass.progress >= start else { return result }
    let norm = Gradients.norm(pass.parameters, pass.sharer)
    guard norm > 0, norm.isFinite else { return result }
    let distance = Float(rho / norm)
    let moved = pass.parameters.compactMap { parameter in
      parameter.gradient.map {
        (value: parameter.value, gradient: $0, kept: Tensor(unfilled: $0.shape, pool: pass.pool))
      }
    }
    for (value, gradient, kept) in moved {
      kept.writePieces(pass.sharer, from: value) { to, w in for i in to.indices { to[i] = w[i] } }
      value.writePieces(pass.sharer, from: gradient) { w, g in
        for i in w.indices { w[i] += distance * g[i] }
      }
    }
    defer {
      for (value, _, kept) in moved {
        value.writePieces(pass.sharer, from: kept) { w, from in for i in w.indices { w[i] = from[i] } }
      }
    }
    _ = try pass(movesStatistics: false)
    return result
  }
}
