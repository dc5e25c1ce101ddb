/// A place in a photo, in pixels from its left and upper edge.
public struct Point: Equatable, Sendable {
  /// Pixels from the left edge.
  public var x: Float
  /// Pixels from the upper edge.
  public var y: Float

  /// Makes a point.
  public init(x: Float, y: Float) { (self.x, self.y) = (x, y) }
}

/// An upright rectangle in a photo, in pixels; it may reach beyond the photo's edges.
public struct FaceBox: Equatable, Sendable {
  /// The left edge.
  public var x: Float
  /// The upper edge.
  public var y: Float
  /// Pixels across.
  public var width: Float
  /// Pixels down.
  public var height: Float

  /// Makes a box.
  public init(x: Float, y: Float, width: Float, height: Float) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// The middle.
  public var centre: Point { Point(x: x + width / 2, y: y + height / 2) }
  /// The smaller of width and height.
  public var smallerSide: Float { min(width, height) }
  /// Square pixels.
  public var area: Float { width * height }

  /// Whether a place lies in the box.
  public func holds(_ point: Point) -> Bool {
    point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height
  }

  /// The area that two boxes share.
  public func sharedArea(with other: FaceBox) -> Float {
    let across = min(x + width, other.x + other.width) - max(x, other.x)
    let down = min(y + height, other.y + other.height) - max(y, other.y)
    return max(0, across) * max(0, down)
  }

  /// The area that two boxes share, divided by the area that they cover together: 0 to 1.
  public func overlap(with other: FaceBox) -> Float {
    let shared = sharedArea(with: other)
    let covered = area + other.area - shared
    return covered > 0 ? shared / covered : 0
  }
}
