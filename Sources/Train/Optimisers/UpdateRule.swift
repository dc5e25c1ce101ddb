/// How an optimiser changes weights by their gradients: the formula alone.
///
/// ``Optimiser`` brings the rest: buffers, threads, weight decay by kind of parameter, and what a checkpoint keeps.
/// A rule must treat every element by itself, so that neither the slices nor the threads can change a bit; one that needs
/// norms of whole parameters is a ``WholeParameterRule``.
///
/// ```swift
/// struct SignSGD: UpdateRule {
///   let buffers: [String] = []
///
///   func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double) {
///     let rate = Float(learningRate)
///     for i in slice.weights.indices {
///       let g = slice.gradients[i]
///       slice.weights[i] -= g > 0 ? rate : g < 0 ? -rate : 0
///     }
///   }
/// }
/// ```
///
/// `Trainer(network, optimiser: SignSGD(), workers: workers)` then trains by it.
public protocol UpdateRule: Sendable {
  /// The buffers that each parameter gets, by name, three at most; they start at zero.
  var buffers: [String] { get }
  /// Whether the mean of the weights over the second half of a run is its result, rather than the last weights.
  var averages: Bool { get }
  /// Changes the weights and buffers of a slice.
  ///
  /// - Parameter step: from 1.
  func update(_ slice: inout ParameterSlice, step: Int, learningRate: Double)
}

extension UpdateRule {
  /// The last weights are the result of most rules.
  public var averages: Bool { false }
}

/// A rule whose step depends on sums over a whole parameter, such as its norm.
public protocol WholeParameterRule: UpdateRule {
  /// What a slice adds to the sums; called for all slices of a parameter before ``UpdateRule/update(_:step:learningRate:)`` is,
  /// which finds the totals in ``ParameterSlice/sums``. It may change the buffers.
  ///
  /// The totals are the same for any number of threads.
  func sums(over slice: inout ParameterSlice, step: Int) -> SIMD4<Double>
}

/// Consecutive elements of one parameter and what belongs to them; all spans have as many elements.
public struct ParameterSlice: ~Copyable, ~Escapable {
  /// The weights.
  public var weights: MutableSpan<Float>
  /// Their gradients.
  public let gradients: Span<Float>
  /// The first of the rule's buffers; empty where it has none.
  public var first: MutableSpan<Float>
  /// The second of the rule's buffers; empty where it has fewer.
  public var second: MutableSpan<Float>
  /// The third of the rule's buffers; empty where it has fewer.
  public var third: MutableSpan<Float>
  /// The weight decay that this parameter gets.
  public let decay: Float
  /// What a ``WholeParameterRule`` has summed over the parameter; zeros for other rules.
  public let sums: SIMD4<Double>

  @_lifetime(copy weights, copy gradients, copy first, copy second, copy third)
  init(
    weights: consuming MutableSpan<Float>, gradients: Span<Float>, first: consuming MutableSpan<Float>,
    second: consuming MutableSpan<Float>, third: consuming MutableSpan<Float>, decay: Float,
    sums: SIMD4<Double>
  ) {
    self.weights = weights
    self.gradients = gradients
    self.first = first
    self.second = second
    self.third = third
    self.decay = decay
    self.sums = sums
  }
}
