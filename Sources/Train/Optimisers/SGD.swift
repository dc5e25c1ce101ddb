/// Stochastic gradient descent with momentum, as PyTorch defines it.
///
/// `g = gradient + decay * w; v = momentum * v + g` (v = g at first); `w -= rate * (nesterov ? g + momentum * v : v)`.
public final class SGD: Optimiser {
  static let nesterov = OptimiserKind(name: "nesterov") {
    SGD($0, momentum: 0.9, nesterov: true, weightDecay: $1, sharer: $2)
  }
  static let plain = OptimiserKind(name: "sgd") {
    SGD($0, momentum: 0.9, nesterov: false, weightDecay: $1, sharer: $2)
  }

  private let parameters: [Parameter]
  private let velocities: [Tensor]
  private let momentum: Float
  private let isNesterov: Bool
  private let weightDecay: Float
  private let sharer: Sharer
  private var isFirst = true

  /// Makes an optimiser for those of `parameters` that are trained.
  public init(_ parameters: [Parameter], momentum: Float, nesterov: Bool, weightDecay: Float, sharer: Sharer)
  {
    self.parameters = parameters.filter { $0.gradient != nil }
    velocities = self.parameters.map { Tensor(zeros: $0.value.shape) }
    self.momentum = momentum
    isNesterov = nesterov
    self.weightDecay = weightDecay
    self.sharer = sharer
  }

  public func step(learningRate: Float) {
    let (first, momentum, decay, isNesterov) = (isFirst, momentum, weightDecay, isNesterov)
    for (parameter, velocity) in zip(parameters, velocities) {
      guard let gradient = parameter.gradient else { continue }
      let (w, g, v) = (parameter.value.data, gradient.data, velocity.data)
      sharer.share(velocity.count) { range in
        for i in range {
          let slope = g[i] + decay * w[i]
          let speed = first ? slope : momentum * v[i] + slope
          v[i] = speed
          w[i] -= learningRate * (isNesterov ? slope + momentum * speed : speed)
        }
      }
    }
    isFirst = false
  }
}
