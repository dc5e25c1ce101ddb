/// The product of two values, element by element with broadcast (spec 6.5); see ``Shape/broadcast(with:)``.
public struct Multiply: Combination {
  /// Its number in a file.
  public static let code: UInt16 = 12
  /// Its name in dumps and on pages.
  public static let name = "multiply"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// It has no attributes.
  public init() {}
}
