/// Batch normalisation with fixed statistics (spec section 6): `y = (x - mean) / sqrt(variance + epsilon) * weight + bias` by channel.
///
/// x: `[C, H, W]` or `[C]`; the four tensors: `[C]`.
public struct BatchNorm: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 3
  /// Its name in dumps and on pages.
  public static let name = "batch_norm"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1
  /// It takes one value.
  public static let inputCount = 1...1

  /// Index of the scale tensor.
  public var weight = 0
  /// Index of the shift tensor.
  public var bias = 0
  /// Index of the running mean.
  public var mean = 0
  /// Index of the running variance.
  public var variance = 0
  /// Added to the variance; keeps the root away from zero.
  public var epsilon: Float = 1e-5

  /// With default attributes, and tensor 0 for all four until a reader or writer names the right ones.
  public init() {}

  /// Makes a batch normalisation.
  public init(weight: Int, bias: Int, mean: Int, variance: Int, epsilon: Float) {
    self.weight = weight
    self.bias = bias
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  /// The four tensors and epsilon.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.tensor("weight", .norm, &weight)
    try visitor.tensor("bias", .norm, &bias)
    try visitor.tensor("mean", .mean, &mean)
    try visitor.tensor("variance", .variance, &variance)
    try visitor.real("epsilon", &epsilon, in: .positive)
  }

  /// The input's. Throws `graph` where a tensor is not a vector of its channels.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    guard x.rank == 1 || x.rank == 3 else {
      throw FormatError(.graph, "the input must be a map or a vector, not \(x.description).")
    }
    for index in [weight, bias, mean, variance] { try tensors[index].requireVector(of: x[0]) }
    return x
  }

  /// One for each element.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 {
    Int64(output.count)
  }
}
