/// The sigmoid-weighted unit `y = x / (1 + exp(-x))`, for any shape (spec section 6; Elfwing et al., 2017).
public struct SiLU: OperatorDefinition {
  public static let code: UInt16 = 8
  public static let name = "silu"

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    inputs[0]
  }
}
