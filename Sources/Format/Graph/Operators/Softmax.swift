// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// `exp(x)` over the sum of all channels' at the same place (spec section 6).
///
/// x: `[F]` or `[C, H, W]` -> the same shape.
public struct Softmax: Activation {
  public static let code: UInt16 = 13
  public static let name = "softmax"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
