// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The logistic function `y = 1 / (1 + exp(-x))`, for any shape (spec section 6).
public struct Sigmoid: Activation {
  public static let code: UInt16 = 9
  public static let name = "sigmoid"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
