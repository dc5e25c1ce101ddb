/// The rectifier with a slope below zero `y = x >= 0 ? x : slope x`, by channel (spec section 6; He et al., 2015).
///
/// x: `[C, H, W]` or `[C]`, slope: `[C]`, or `[1]` for all channels; with a fixed slope of 0.01 it is the leaky rectifier.
public struct PReLU: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 15
  /// Its name in dumps and on pages.
  public static let name = "prelu"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2
  /// It takes one value.
  public static let inputCount = 1...1

  /// Index of the tensor of slopes.
  public var slope = 0

  /// With tensor 0 as its slopes until a reader or writer names the right one.
  public init() {}

  /// Makes a rectifier with a tensor of slopes.
  public init(slope: Int) { self.slope = slope }

  /// The slopes.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.tensor("slope", .slope, &slope)
  }

  /// The input's. Throws `graph` where the slopes are neither one nor one for each channel.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    if tensors[slope].shape != Shape(1) { try tensors[slope].requireVector(of: x[0]) }
    return x
  }

  /// None, by the specification's counting.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}
