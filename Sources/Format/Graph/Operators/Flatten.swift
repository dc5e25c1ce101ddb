/// A map as a vector, channel by channel and row by row (spec section 6): `[C, H, W]` -> `[C * H * W]`.
public struct Flatten: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 7
  /// Its name in dumps and on pages.
  public static let name = "flatten"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1
  /// It takes one value.
  public static let inputCount = 1...1

  /// It has no attributes.
  public init() {}

  /// None.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {}

  /// `[C * H * W]`.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    Shape(inputs[0].count)
  }

  /// None: it moves nothing.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}
