// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The sum of two values, element by element with broadcast (spec 6.5); see ``Shape/broadcast(with:)``.
public struct Add: Combination {
  public static let code: UInt16 = 11
  public static let name = "add"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
