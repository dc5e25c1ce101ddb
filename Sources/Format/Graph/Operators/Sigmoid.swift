/// The logistic function `y = 1 / (1 + exp(-x))`, for any shape (spec section 6).
public struct Sigmoid: OperatorDefinition {
  public static let code: UInt16 = 9
  public static let name = "sigmoid"

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    inputs[0]
  }
}
