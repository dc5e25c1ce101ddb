import FermImage
import FermRuntime

/// Finds the faces in photos. It belongs to one thread at a time.
struct FaceLabeller {
  private let detector: Detector

  init(detector: String) throws {
    self.detector = try Detector(Plan(path: detector))
  }

  /// The faces in a photo, the surest first.
  func faces(inPhoto path: String) throws -> [DetectedFace] {
    let photo = try ImageDecoder().decode(path: path)
    let image = try PixelImage(
      photo.pixels, width: photo.width, height: photo.height, channels: photo.channels)
    return try detector.detect(image)
  }
}
