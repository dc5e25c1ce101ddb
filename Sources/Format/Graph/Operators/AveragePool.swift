/// The mean of each window (spec 6.3).
///
/// x: `[C, H, W]` -> `[C, H', W']`, sizes as for ``Convolution``.
public struct AveragePool: Pool {
  /// Its number in a file.
  public static let code: UInt16 = 10
  /// Its name in dumps and on pages.
  public static let name = "average_pool"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// Height and width of the window.
  public var window = Extent(2)
  /// Vertical and horizontal step.
  public var stride = Extent(2)
  /// Rows and columns of zeros around the input; less than the window on each side.
  public var padding = Padding()
  /// 1 when the zeros count as inputs of the mean, 0 when it is the mean over the window's part of the map.
  public var countPadding = 0

  /// A pool of 2 x 2.
  public init() {}

  /// Makes an average pool.
  public init(window: Extent, stride: Extent, padding: Padding = Padding(), countPadding: Bool = false) {
    self.window = window
    self.stride = stride
    self.padding = padding
    self.countPadding = countPadding ? 1 : 0
  }

  /// Window, steps, padding, and whether padding counts.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitWindow(&visitor)
    try visitor.integer("count_padding", &countPadding, in: 0...1)
  }
}
