// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The sigmoid-weighted unit `y = x / (1 + exp(-x))`, for any shape (spec section 6; Elfwing et al., 2017).
public struct SiLU: Activation {
  public static let code: UInt16 = 8
  public static let name = "silu"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
