// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The rectifier `y = max(x, 0)`, for any shape (spec section 6).
public struct ReLU: Activation {
  public static let code: UInt16 = 4
  public static let name = "relu"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
