/// 2-D cross-correlation over zero-padded input, plus bias (spec 6.2).
///
/// x: `[C, H, W]`, weight: `[O, C / groups, kH, kW]`, bias: `[O]` -> `[O, H', W']` with
/// `H' = floor((H + top + bottom - (kH - 1) dilation - 1) / stride) + 1`.
public struct Convolution: OperatorDefinition {
  /// Its number in a file.
  public static let code: UInt16 = 1
  /// Its name in dumps and on pages.
  public static let name = "convolution"
  /// The second version has a dilation.
  public static let newestVersion: UInt8 = 2
  /// Each version's.
  public static func operatorSet(of version: UInt8) -> UInt16 { version == 1 ? 1 : 2 }
  /// It takes one value.
  public static let inputCount = 1...1

  /// Index of the weight tensor.
  public var weight = 0
  /// Index of the bias tensor.
  public var bias: Int?
  /// Vertical and horizontal step.
  public var stride = Extent(1)
  /// Zeros around the input.
  public var padding = Padding()
  /// Channel groups that do not see each other.
  public var groups = 1
  /// Rows and columns from one tap of the window to the next.
  public var dilation = Extent(1)

  /// The first, unless taps lie apart.
  public var version: UInt8 { dilation == Extent(1) ? 1 : 2 }

  /// With default attributes, and tensor 0 as its weight until a reader or writer names the right one.
  public init() {}

  /// Makes a convolution.
  public init(
    weight: Int, bias: Int?, stride: Extent = Extent(1), padding: Padding = Padding(), groups: Int = 1,
    dilation: Extent = Extent(1)
  ) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.dilation = dilation
  }

  /// Weight, bias, steps, padding and groups; in version 2 dilation as well.
  public mutating func visitAttributes<V: AttributeVisitor>(
    _ visitor: inout V, of version: UInt8
  ) throws(V.Failure) {
    try visitor.tensor("weight", .weight, &weight)
    try visitor.optionalTensor("bias", .bias, &bias)
    try stride.visit(&visitor, "stride_height", "stride_width", in: 1...64)
    try padding.visit(&visitor)
    try visitor.integer("groups", &groups, in: 1...65_534)
    if version >= 2 { try dilation.visit(&visitor, "dilation_height", "dilation_width", in: 1...64) }
  }

  /// `[O, H', W']`. Throws `graph` where weight, bias, groups or window do not fit the input.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    let w = tensors[weight].shape
    try x.requireMap()
    guard w.rank == 4, x[0] % groups == 0, w[0] % groups == 0, w[1] == x[0] / groups else {
      throw FormatError(
        .graph, "the weight \(w.description) does not fit \(x[0]) input channels in \(groups) groups.")
    }
    if let bias { try tensors[bias].requireVector(of: w[0]) }
    let window = Extent(height: w[2], width: w[3]).spread(by: dilation)
    return try x.sliding(window, channels: w[0], stride: stride, padding: padding)
  }

  /// Each output takes the depth of its window: `O H' W' (C / groups) kH kW`.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 {
    let w = tensors[weight].shape
    return Int64(output.count) * Int64(w[1] * w[2] * w[3])
  }
}
