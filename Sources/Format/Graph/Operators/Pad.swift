/// A map with zeros around it (spec 6.8).
///
/// x: `[C, H, W]` -> `[front + C + back, top + H + bottom, left + W + right]`.
public struct Pad: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 18
  /// Its name in dumps and on pages.
  public static let name = "pad"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 2
  /// It takes one value.
  public static let inputCount = 1...1

  /// Channels of zeros before the map's.
  public var front = 0
  /// Channels of zeros behind them.
  public var back = 0
  /// Rows and columns of zeros around each channel.
  public var padding = Padding()

  /// Adds nothing.
  public init() {}

  /// Makes a pad.
  public init(front: Int = 0, back: Int = 0, padding: Padding = Padding()) {
    self.front = front
    self.back = back
    self.padding = padding
  }

  /// Channels before and behind, and the padding of each.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.integer("pad_front", &front, in: 0...65_534)
    try visitor.integer("pad_back", &back, in: 0...65_534)
    try padding.visit(&visitor)
  }

  /// The input's and what is added to each side. Throws `graph` for what is no map.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    try x.requireMap()
    return Shape(
      front + x[0] + back, padding.top + x[1] + padding.bottom, padding.left + x[2] + padding.right)
  }

  /// None: it moves.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }
}
