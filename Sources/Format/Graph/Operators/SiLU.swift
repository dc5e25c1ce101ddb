/// The sigmoid-weighted unit `y = x / (1 + exp(-x))`, for any shape (spec section 6; Elfwing et al., 2017).
public struct SiLU: Activation {
  /// Its number in a file.
  public static let code: UInt16 = 8
  /// Its name in dumps and on pages.
  public static let name = "silu"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// It has no attributes.
  public init() {}
}
