/// A face that a detector found in a photo.
public struct DetectedFace: Equatable, Sendable {
  /// Where it is.
  public var box: FaceBox
  /// How sure the detector is: 0 to 1.
  public var score: Float
  /// Its key points, in the detector's number and order; the first two are the eyes, the one further left in the photo first.
  public var points: [Point]

  /// Makes a face, such as one that another detector found.
  public init(box: FaceBox, score: Float = 1, points: [Point] = []) {
    (self.box, self.score, self.points) = (box, score, points)
  }
}
