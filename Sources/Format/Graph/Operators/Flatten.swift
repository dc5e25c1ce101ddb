// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A map as a vector, channel by channel and row by row (spec section 6): `[C, H, W]` -> `[C * H * W]`.
public struct Flatten: OperatorDefinition {
  public static let code: UInt16 = 7
  public static let name = "flatten"
  public static let operatorSet: UInt16 = 1
  public static let inputCount = 1

  public init() {}

  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    Shape(inputs[0].count)
  }

  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int { 0 }
}
