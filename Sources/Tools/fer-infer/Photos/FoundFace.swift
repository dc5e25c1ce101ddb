import FermRuntime

/// A face that the detector found in a photo.
struct FoundFace: Sendable {
  /// Where it is in the whole picture.
  let box: Box
  /// What of the decoded picture, which may be a reduced one, the model is to see.
  let frame: FaceFrame
  let mark: FaceMark
}
