/// The mean over a grid of `height` x `width` regions that cover the map (spec 6.4).
///
/// x: `[C, H, W]` -> `[C, height, width]`; region i of n over a side of s runs from `floor(i s / n)` up to,
/// not including, `ceil((i + 1) s / n)`.
public struct AdaptiveAveragePool: SingleVersion {
  /// Its number in a file.
  public static let code: UInt16 = 6
  /// Its name in dumps and on pages.
  public static let name = "adaptive_average_pool"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1
  /// It takes one value.
  public static let inputCount = 1...1

  /// Height and width of the output.
  public var size = Extent(1)

  /// The mean over the whole map.
  public init() {}

  /// Makes a pool with an output of `size`.
  public init(size: Extent) { self.size = size }

  /// The output's sides.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try size.visit(&visitor, "height", "width", in: 1...1024)
  }

  /// `[C, height, width]`. Throws `graph` for a map that is smaller.
  public func outputShape(of inputs: [Shape], tensors: [TensorInfo]) throws(FormatError) -> Shape {
    let x = inputs[0]
    try x.requireMap()
    guard size.height <= x[1], size.width <= x[2] else {
      throw FormatError(
        .graph, "a map of \(x.description) is smaller than the output \(size.height)x\(size.width).")
    }
    return Shape(x[0], size.height, size.width)
  }

  /// None: it adds.
  public func multiplyAdds(inputs: [Shape], output: Shape, tensors: [TensorInfo]) -> Int64 { 0 }

  /// Region `index` of `count` over a side of `side` elements.
  public static func region(_ index: Int, of count: Int, side: Int) -> Range<Int> {
    (index * side / count)..<(((index + 1) * side + count - 1) / count)
  }
}
