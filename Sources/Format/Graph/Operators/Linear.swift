// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A fully connected layer (spec section 6): `y = W x + b`.
///
/// x: `[F]`, weight: `[O, F]`, bias: `[O]` -> `[O]`.
public struct Linear: OperatorDefinition {
  public static let code: UInt16 = 2
  public static let name = "linear"
  public static let operatorSet: UInt16 = 1
  public static let inputCount = 1

  /// Index of the weight tensor.
  public var weight = 0
  /// Index of the bias tensor.
  public var bias: Int?

  public init() {}

  /// Makes a fully connected layer.
  public init(weight: Int, bias: Int?) {
    self.weight = weight
    self.bias = bias
  }

  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.tensor("weight", .weight, &weight)
    try visitor.optionalTensor("bias", .bias, &bias)
  }

  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    let w = tensors[weight].shape
    guard x.rank == 1, w.rank == 2, w[1] == x[0] else {
      throw FormatError(
        .graph, "the weight \(w.description) does not fit an input of \(x.description); flatten maps first.")
    }
    if let bias { try requireVector(tensors[bias], w[0]) }
    return Shape(w[0])
  }

  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int {
    tensors[weight].shape.count
  }
}
