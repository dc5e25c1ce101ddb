// What OperatorDefinition asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The largest input in each window; padding never wins (spec 6.3).
///
/// x: `[C, H, W]` -> `[C, H', W']`, sizes as for ``Convolution``.
public struct MaxPool: Pool {
  public static let code: UInt16 = 5
  public static let name = "max_pool"
  public static let operatorSet: UInt16 = 1

  /// Height and width of the window.
  public var window = Extent(2)
  /// Vertical and horizontal step.
  public var stride = Extent(2)
  /// Rows and columns around the input that hold nothing; less than the window on each side.
  public var padding = Padding()

  public init() {}

  /// Makes a max pool.
  public init(window: Extent, stride: Extent, padding: Padding = Padding()) {
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  public mutating func visitAttributes<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitWindow(&visitor)
  }
}
