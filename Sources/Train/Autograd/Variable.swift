public import FermFormat

/// A value on a tape, and its gradient after the backward pass.
public final class Variable {
  /// The value.
  public let value: Tensor
  /// The tape that the value is on.
  public let tape: Tape
  /// The gradient of the loss, where one is wanted; kept for inputs, dropped for what lies between.
  public internal(set) var gradient: Tensor?
  let needsGradient: Bool
  /// The value's number in the traced graph.
  let traced: Int

  init(_ value: Tensor, tape: Tape, needsGradient: Bool, traced: Int) {
    self.value = value
    self.tape = tape
    self.needsGradient = needsGradient
    self.traced = traced
  }

  /// The value's dimensions, the batch first.
  public var shape: Shape { value.shape }

  /// Adds a contribution to the gradient.
  func accumulate(_ contribution: Tensor) {
    guard let gradient else {
      gradient = contribution
      return
    }
    let (sum, more) = (gradient.data, contribution.data)
    tape.share(gradient.count) { for i in $0 { sum[i] += more[i] } }
  }
}

/// A trained tensor, or a statistic that training gathers.
public final class Parameter {
  /// What a parameter is for; optimisers treat kinds differently.
  public enum Kind: Sendable {
    /// The weights of a convolution or a fully connected layer.
    case weight
    /// A bias.
    case bias
    /// The scale or shift of a normalisation.
    case norm
    /// A running statistic: not trained.
    case statistic
  }

  /// The name in checkpoints: `conv1a.weight`.
  public let name: String
  /// What it is for.
  public let kind: Kind
  /// The value.
  public let value: Tensor
  /// The gradient of the last backward pass; zeroed by ``clearGradient()``.
  public let gradient: Tensor?

  /// Makes a parameter.
  public init(_ name: String, _ kind: Kind, _ value: Tensor) {
    self.name = name
    self.kind = kind
    self.value = value
    gradient = kind == .statistic ? nil : Tensor(zeros: value.shape)
  }

  /// Sets the gradient to zero before a backward pass.
  public func clearGradient() { gradient.map { $0.data.update(repeating: 0, count: $0.count) } }
}
