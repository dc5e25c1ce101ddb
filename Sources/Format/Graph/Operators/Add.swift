/// The sum of two values, element by element with broadcast (spec 6.5); see ``Shape/broadcast(with:)``.
public struct Add: OperatorDefinition {
  public static let code: UInt16 = 11
  public static let name = "add"
  public static let inputCount = 2

  public init() {}

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    try inputs[0].broadcast(with: inputs[1])
  }
}
