internal import FermFormat

/// An average of a network's weights over the steps, running statistics included: what one deploys.
public final class WeightAverage {
  /// How steps are weighed.
  public enum Kind: Equatable, Sendable {
    /// Each step fades by this factor; over the first steps the horizon grows from a few steps, so that the initial
    /// weights fade soon.
    case exponential(Double)
    /// The plain mean of all steps after this one (Polyak and Juditsky, 1992); until then, the weights as they are.
    case mean(after: Int)
  }

  /// The averages, one for each parameter of the network, in its order.
  public let tensors: [Tensor]
  private let parameters: [Parameter]
  private let kind: Kind
  private let sharer: Sharer

  /// Starts with the weights as they are.
  public init(_ parameters: [Parameter], _ kind: Kind, sharer: Sharer) {
    self.parameters = parameters
    self.kind = kind
    self.sharer = sharer
    tensors = parameters.map { Tensor($0.value.values, shape: $0.value.shape) }
  }

  /// The share of the new weights in the average after `step`, from 1.
  static func share(_ kind: Kind, step: Int) -> Double {
    switch kind {
    case .exponential(let decay): 1 - min(decay, Double(1 + step) / Double(10 + step))
    case .mean(let start): step <= start + 1 ? 1 : 1 / Double(step - start)
    }
  }

  /// Takes the weights after `step` in.
  public func update(step: Int) {
    let share = Float(Self.share(kind, step: step))
    for (average, parameter) in zip(tensors, parameters) {
      average.writePieces(sharer, from: parameter.value) { a, w in
        if share == 1 {
          for i in a.indices { a[i] = w[i] }
        } else {
          for i in a.indices { a[i] += (w[i] - a[i]) * share }
        }
      }
    }
  }
}
