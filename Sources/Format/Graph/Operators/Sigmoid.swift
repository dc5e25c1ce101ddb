/// The logistic function `y = 1 / (1 + exp(-x))`, for any shape (spec section 6).
public struct Sigmoid: Activation {
  /// Its number in a file.
  public static let code: UInt16 = 9
  /// Its name in dumps and on pages.
  public static let name = "sigmoid"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// It has no attributes.
  public init() {}
}
