/// `exp(x)` over the sum of all channels' at the same place (spec section 6).
///
/// x: `[F]` or `[C, H, W]` -> the same shape.
public struct Softmax: Activation {
  /// Its number in a file.
  public static let code: UInt16 = 13
  /// Its name in dumps and on pages.
  public static let name = "softmax"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// It has no attributes.
  public init() {}
}
