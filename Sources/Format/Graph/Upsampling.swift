/// An operator that makes a map larger by whole factors, channel by channel (spec 6.9).
public protocol Upsampling: SingleVersion {
  /// The factors of height and width.
  var scale: Extent { get set }
}

extension Upsampling {
  /// It takes one value.
  public static var inputCount: ClosedRange<Int> { 1...1 }
  /// Both factors.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try scale.visit(&visitor, "scale_height", "scale_width", in: 1...64)
  }
  /// `[C, H scale.height, W scale.width]`. Throws `graph` for what is no map.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    try x.requireMap()
    return Shape(x[0], x[1] * scale.height, x[2] * scale.width)
  }
  /// None, by the specification's counting.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}

/// Where an output of a bilinear upsampling lies between two of the inputs of a row or a column.
public struct BlendedPlace: Equatable, Sendable {
  /// The input before its centre.
  public let first: Int
  /// The input after it; the same at the edges.
  public let second: Int
  /// The share of the second.
  public let weight: Float

  /// Finds the place of output `index` over `count` inputs, made larger by `scale`: the weight is rounded once.
  public init(_ index: Int, scale: Int, count: Int) {
    // In parts of 2 * scale, an output's centre lies at 2 * index + 1 and an input's at scale.
    let distance = max(2 * index + 1 - scale, 0)
    first = distance / (2 * scale)
    second = min(first + 1, count - 1)
    weight = Float(distance % (2 * scale)) / Float(2 * scale)
  }
}
