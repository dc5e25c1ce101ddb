/// A map as a vector, channel by channel and row by row (spec section 6): `[C, H, W]` -> `[C * H * W]`.
public struct Flatten: OperatorDefinition {
  public static let code: UInt16 = 7
  public static let name = "flatten"

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    Shape(inputs[0].count)
  }
}
