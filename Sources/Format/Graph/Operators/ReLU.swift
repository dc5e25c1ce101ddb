/// The rectifier `y = max(x, 0)`, for any shape (spec section 6).
public struct ReLU: OperatorDefinition {
  public static let code: UInt16 = 4
  public static let name = "relu"

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    inputs[0]
  }
}
