/// The nearest number from `low` to `high`: `y = min(max(x, low), high)`, for any shape (spec section 6); from 0 to 6 it is ReLU6.
public struct Clip: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 16
  /// Its name in dumps and on pages.
  public static let name = "clip"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2
  /// It takes one value.
  public static let inputCount = 1...1

  /// The least number of the result.
  public var low: Float = 0
  /// The largest number of the result; not below ``low``.
  public var high: Float = 6

  /// ReLU6.
  public init() {}

  /// Makes a clip to the numbers from `low` to `high`.
  public init(low: Float, high: Float) { (self.low, self.high) = (low, high) }

  /// Both bounds.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.real("low", &low, in: .finite)
    try visitor.real("high", &high, in: .finite)
  }

  /// The input's. Throws `graph` where the bounds are the wrong way round.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    guard low <= high else { throw FormatError(.graph, "low is above high.") }
    return inputs[0]
  }

  /// None, by the specification's counting.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}
