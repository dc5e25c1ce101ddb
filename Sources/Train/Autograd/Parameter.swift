internal import Foundation

/// A trained tensor, or a statistic that training gathers.
///
/// ```swift
/// let bias = Parameter("lin.bias", .bias, Tensor(zeros: Shape(7)))
/// bias.value[3] = 0.5
/// bias.isFrozen = true
/// ```
public final class Parameter {
  /// What a parameter is for; optimisers treat kinds differently.
  public enum Kind: Sendable {
    /// The weights of a convolution or a fully connected layer.
    case weight
    /// A bias.
    case bias
    /// The scale or shift of a normalisation.
    case norm
    /// The slopes of a rectifier below zero.
    case slope
    /// A running statistic: not trained.
    case statistic
  }

  /// The name in checkpoints: `conv1a.weight`.
  public let name: String
  /// What it is for.
  public let kind: Kind
  /// The value.
  public let value: Tensor
  /// Whether it stays as it is: no optimiser moves it, and a normalisation with frozen statistics normalises by them.
  public var isFrozen = false
  private let sum: Tensor?
  /// Whether the gradient is zero but its memory is not: most gradients are written once, and need not be cleared for it.
  private var isStale = false
  private let lock = NSLock()

  /// Makes a parameter.
  public init(_ name: String, _ kind: Kind, _ value: Tensor) {
    self.name = name
    self.kind = kind
    self.value = value
    sum = kind == .statistic ? nil : Tensor(zeros: value.shape)
  }

  /// The gradient of the last backward pass; zeroed by ``clearGradient()``.
  public var gradient: Tensor? {
    // Operators may ask from several threads at once.
    lock.withLock {
      if let sum, isStale {
        sum.fill(0)
        isStale = false
      }
      return sum
    }
  }

  /// The gradient for an operator that can write as well as add: `accumulate` says which is right.
  func gradientToFill() -> (tensor: Tensor, accumulate: Bool)? {
    guard let sum else { return nil }
    defer { isStale = false }
    return (sum, !isStale)
  }

  /// Sets the gradient to zero before a backward pass.
  public func clearGradient() { isStale = true }
}
