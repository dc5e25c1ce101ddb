/// How an optimiser changes weights by their gradients: the formula alone.
///
/// ``Optimiser`` brings the rest: buffers, threads, weight decay by kind of parameter, and what a checkpoint keeps.
/// A rule must treat every element by itself, so that neither the slices nor the threads can change a bit.
public protocol UpdateRule: Sendable {
  /// The buffers that each parameter gets, by name; they start at zero.
  var buffers: [String] { get }
  /// Changes `slice.count` weights and their buffers.
  ///
  /// - Parameter step: from 1.
  func update(_ slice: ParameterSlice, step: Int, learningRate: Double)
}

/// Consecutive elements of one parameter and what belongs to them.
public struct ParameterSlice {
  /// The weights.
  public let weights: UnsafeMutablePointer<Float>
  /// Their gradients.
  public let gradients: UnsafePointer<Float>
  /// One pointer for each of the rule's buffers, in their order.
  public let buffers: [UnsafeMutablePointer<Float>]
  /// The number of elements.
  public let count: Int
  /// The weight decay that this parameter gets.
  public let decay: Float
}
