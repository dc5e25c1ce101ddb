/// A fully connected layer (spec section 6): `y = W x + b`.
///
/// x: `[F]`, weight: `[O, F]`, bias: `[O]` -> `[O]`.
public struct Linear: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 2
  /// Its name in dumps and on pages.
  public static let name = "linear"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1
  /// It takes one value.
  public static let inputCount = 1...1

  /// Index of the weight tensor.
  public var weight = 0
  /// Index of the bias tensor.
  public var bias: Int?

  /// Without a bias, and with tensor 0 as its weight until a reader or writer names the right one.
  public init() {}

  /// Makes a fully connected layer.
  public init(weight: Int, bias: Int?) {
    self.weight = weight
    self.bias = bias
  }

  /// Weight and bias.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.tensor("weight", .weight, &weight)
    try visitor.optionalTensor("bias", .bias, &bias)
  }

  /// `[O]`. Throws `graph` where weight or bias do not fit the input; a map must be flattened first.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    let w = tensors[weight].shape
    guard x.rank == 1, w.rank == 2, w[1] == x[0] else {
      throw FormatError(
        .graph, "the weight \(w.description) does not fit an input of \(x.description); flatten maps first.")
    }
    if let bias { try tensors[bias].requireVector(of: w[0]) }
    return Shape(w[0])
  }

  /// One for each weight.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 {
    Int64(tensors[weight].shape.count)
  }
}
