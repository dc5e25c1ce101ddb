/// The rectifier `y = max(x, 0)`, for any shape (spec section 6).
public struct ReLU: Activation {
  /// Its number in a file.
  public static let code: UInt16 = 4
  /// Its name in dumps and on pages.
  public static let name = "relu"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// It has no attributes.
  public init() {}
}
