/// `exp(x)` over the sum of all channels' at the same place (spec section 6).
///
/// x: `[F]` or `[C, H, W]` -> the same shape.
public struct Softmax: OperatorDefinition {
  public static let code: UInt16 = 13
  public static let name = "softmax"

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    inputs[0]
  }
}
