/// A height and a width.
public struct Extent: Equatable, Sendable {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Makes an extent.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
  /// Makes a square extent.
  public init(_ side: Int) { self.init(height: side, width: side) }

  /// Rows and columns that a window of this size covers whose taps lie `dilation` apart.
  public func spread(by dilation: Extent) -> Extent {
    Extent(height: (height - 1) * dilation.height + 1, width: (width - 1) * dilation.width + 1)
  }

  mutating func visit<V: AttributeVisitor>(
    _ visitor: inout V, _ heightName: StaticString, _ widthName: StaticString, in range: ClosedRange<Int>
  ) throws(V.Failure) {
    try visitor.integer(heightName, &height, in: range)
    try visitor.integer(widthName, &width, in: range)
  }
}

/// Rows and columns added around a map.
public struct Padding: Equatable, Sendable {
  /// Rows above.
  public var top: Int
  /// Columns to the left.
  public var left: Int
  /// Rows below.
  public var bottom: Int
  /// Columns to the right.
  public var right: Int

  /// Makes the same padding on all four sides; none by default.
  public init(_ side: Int = 0) { (top, left, bottom, right) = (side, side, side, side) }
  /// Makes a padding.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  mutating func visit<V: AttributeVisitor>(_ visitor: inout V) throws(V.Failure) {
    try visitor.integer("pad_top", &top, in: 0...1024)
    try visitor.integer("pad_left", &left, in: 0...1024)
    try visitor.integer("pad_bottom", &bottom, in: 0...1024)
    try visitor.integer("pad_right", &right, in: 0...1024)
  }

  /// Every window of a pool must see at least one input.
  func requireSmaller(than window: Extent) throws(FormatError) {
    guard max(top, bottom) < window.height, max(left, right) < window.width else {
      throw FormatError(.graph, "the padding must be smaller than the window.")
    }
  }
}

extension Shape {
  /// The shape after a window slides over this map with its padding.
  func sliding(
    _ window: Extent, channels: Int, stride: Extent, padding: Padding
  ) throws(FormatError) -> Shape {
    let height = self[1] + padding.top + padding.bottom - window.height
    let width = self[2] + padding.left + padding.right - window.width
    guard height >= 0, width >= 0 else {
      throw FormatError(
        .graph, "the window \(window.height)x\(window.width) is larger than the padded map \(description).")
    }
    return Shape(channels, height / stride.height + 1, width / stride.width + 1)
  }

  func requireMap() throws(FormatError) {
    guard rank == 3 else {
      throw FormatError(
        .graph, "the input must be a map of channels, height and width, not \(description).")
    }
  }
}

extension TensorInfo {
  func requireVector(of count: Int) throws(FormatError) {
    guard shape == Shape(count) else {
      throw FormatError(
        .graph, "tensor \(name) is \(shape.description) where a vector of \(count) is needed.")
    }
  }
}
