/// The unit `y = x min(max(x + 3, 0), 6) / 6`, for any shape (spec section 6; Howard et al., 2019), which is near ``SiLU``.
public struct HardSwish: Activation {
  /// Its number in a file.
  public static let code: UInt16 = 17
  /// Its name in dumps and on pages.
  public static let name = "hard_swish"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2

  /// It has no attributes.
  public init() {}
}
