/// The largest input in each window; padding never wins (spec 6.3).
///
/// x: `[C, H, W]` -> `[C, H', W']`, sizes as for ``Convolution``.
public struct MaxPool: Pool {
  /// Its number in a file.
  public static let code: UInt16 = 5
  /// Its name in dumps and on pages.
  public static let name = "max_pool"
  /// The set of operators that it came with.
  public static let operatorSet: UInt16 = 1

  /// Height and width of the window.
  public var window = Extent(2)
  /// Vertical and horizontal step.
  public var stride = Extent(2)
  /// Rows and columns around the input that hold nothing; less than the window on each side.
  public var padding = Padding()

  /// A pool of 2 x 2, as most networks have it.
  public init() {}

  /// Makes a max pool.
  public init(window: Extent, stride: Extent, padding: Padding = Padding()) {
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  /// Window, steps and padding.
  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitWindow(&visitor)
  }
}
