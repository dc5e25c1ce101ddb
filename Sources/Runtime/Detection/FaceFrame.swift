public import FermFormat

/// The square of a photo that a model is to see of a face; it may be turned.
public struct FaceFrame: Equatable, Sendable {
  /// Its middle.
  public var centre: Point
  /// Its sides, in pixels of the photo.
  public var side: Float
  /// The direction of its upper edge, from its left to its right corner: of length 1, `(1, 0)` for an upright frame.
  public var direction: Point

  /// Makes a frame.
  public init(centre: Point, side: Float, direction: Point = Point(x: 1, y: 0)) {
    (self.centre, self.side, self.direction) = (centre, side, direction)
  }

  /// The corners, clockwise from the upper left one.
  public var corners: [Point] {
    let (x, y) = (side / 2 * direction.x, side / 2 * direction.y)
    return [
      Point(x: centre.x - x + y, y: centre.y - y - x), Point(x: centre.x + x + y, y: centre.y + y - x),
      Point(x: centre.x + x - y, y: centre.y + y + x), Point(x: centre.x - x - y, y: centre.y - y + x),
    ]
  }
}

extension CropRule {
  /// The rule for models that state none.
  public static func usual(for detector: String) -> CropRule {
    CropRule(detector: detector, side: 1.12, down: -0.06)
  }

  /// What a model with this rule is to see of a face (spec 4.14).
  ///
  /// - Parameter margin: makes the frame this many times as large, about its centre.
  /// - Returns: an upright frame even if the rule wants level eyes, where the face has no key points or its eyes are in one place.
  public func frame(of face: DetectedFace, margin: Float = 1) -> FaceFrame {
    let side = self.side * (face.box.width + face.box.height) / 2
    var direction = Point(x: 1, y: 0)
    if isLevel, face.points.count >= 2 {
      let (x, y) = (face.points[1].x - face.points[0].x, face.points[1].y - face.points[0].y)
      let length = (x * x + y * y).squareRoot()
      if length > 0, length.isFinite { direction = Point(x: x / length, y: y / length) }
    }
    let (centre, right, down) = (face.box.centre, right * side, down * side)
    return FaceFrame(
      centre: Point(
        x: centre.x + right * direction.x - down * direction.y,
        y: centre.y + right * direction.y + down * direction.x),
      side: margin * side, direction: direction)
  }
}

extension Plan {
  /// How the model wants faces to be cut that a detector of this name found; nil where it states no rule.
  public func cropRule(for detector: String) -> CropRule? {
    cropRules.first { $0.detector.utf8.elementsEqual(detector.utf8) }
  }
}
