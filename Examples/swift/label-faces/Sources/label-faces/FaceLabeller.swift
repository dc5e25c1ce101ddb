import FermFormat
import FermImage
import FermRuntime

/// Finds the faces in photos and says what they express. It belongs to one thread at a time.
struct FaceLabeller {
  /// A face in a photo.
  struct Answer {
    let box: FaceBox
    let label: String
    let probability: Float
  }

  private let detector: Detector
  private let session: Session
  /// How the model wants faces to be cut from photos.
  private let rule: CropRule

  init(model: String, detector: String) throws {
    self.detector = try Detector(Plan(path: detector))
    session = try Session(Plan(path: model), maxBatch: 1)
    let name = self.detector.plan.name
    rule = session.plan.cropRule(for: name) ?? .usual(for: name)
  }

  /// The faces in a photo, the surest first.
  func faces(inPhoto path: String) throws -> [Answer] {
    let photo = try ImageDecoder().decode(path: path)
    let image = try PixelImage(
      photo.pixels, width: photo.width, height: photo.height, channels: photo.channels)
    return try detector.detect(image).compactMap { face in
      let crop = try rule.frame(of: face).image(of: image)
      let rows = try session.probabilities([crop])
      guard let best = zip(session.plan.labels.names, rows[0]).max(by: { $0.1 < $1.1 }) else { return nil }
      return Answer(box: face.box, label: best.0, probability: best.1)
    }
  }
}
