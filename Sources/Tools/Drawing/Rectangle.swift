/// A part of a picture, in pixels from its top left.
public struct Rectangle: Equatable, Sendable {
  /// From the left edge.
  public var x: Double
  /// From the upper edge.
  public var y: Double
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// Makes a rectangle.
  public init(x: Double, y: Double, width: Double, height: Double) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  var right: Double { x + width }
  var bottom: Double { y + height }

  /// The pixels that it shares with another.
  func overlap(_ other: Rectangle) -> Double {
    max(0, min(right, other.right) - max(x, other.x)) * max(0, min(bottom, other.bottom) - max(y, other.y))
  }

  /// Larger by so much on every side.
  func grown(by margin: Double) -> Rectangle {
    Rectangle(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
  }

  /// Moved as little as it takes to lie within a picture that is at least as large.
  func moved(into picture: Rectangle) -> Rectangle {
    var moved = self
    moved.x = max(picture.x, min(x, picture.right - width))
    moved.y = max(picture.y, min(y, picture.bottom - height))
    return moved
  }

  /// What lies within a picture, at least a pixel wide and high, on whole pixels.
  func clipped(to picture: Rectangle) -> Rectangle {
    let left = max(picture.x, min(x.rounded(), picture.right - 1))
    let top = max(picture.y, min(y.rounded(), picture.bottom - 1))
    return Rectangle(
      x: left, y: top, width: max(1, min(right.rounded(), picture.right) - left),
      height: max(1, min(bottom.rounded(), picture.bottom) - top))
  }
}
