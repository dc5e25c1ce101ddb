// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The product of two values, element by element with broadcast (spec 6.5); see ``Shape/broadcast(with:)``.
public struct Multiply: Combination {
  public static let code: UInt16 = 12
  public static let name = "multiply"
  public static let operatorSet: UInt16 = 1

  public init() {}
}
