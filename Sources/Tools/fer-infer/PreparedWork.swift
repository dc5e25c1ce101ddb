import FermFiles
import FermImage

/// A piece of work, decoded.
struct PreparedWork: Sendable {
  let path: FilePath
  /// The picture's bytes, where they were read from standard input.
  let content: Result<[UInt8], ImageError>?
  /// The folder whose listing gave it.
  let root: FilePath?
  let continuesPicture: Bool
  /// Whether a later piece has other faces of the same picture.
  var isContinued = false
  /// Which frame of a stream it is.
  let moment: FrameMoment?
  /// Whether it was searched for faces; nil where that was not decided: a failure, or boxes.
  var isPhoto: Bool?
  /// The size of the upright picture; nil when it was not decoded.
  var size: (width: Int, height: Int)?
  /// One for each record.
  var faces: [PreparedFace] = []
  /// Why it was passed over.
  var skipped: String?
  /// Processor time of all, and of the detector.
  var seconds = 0.0
  var searching = 0.0

  init(_ work: Work) {
    (path, content, root) = (work.path, work.content, work.root)
    (continuesPicture, moment) = (work.continuesPicture, work.moment)
  }
}

/// What is known of one record before the network ran.
struct PreparedFace: Sendable {
  var box: Box?
  var mark = FaceMark()
  /// What the network sees, for `--dump-input`.
  var picture: Image?
  /// The face in colour, for `--sheet`.
  var portrait: Image?
  let input: FaceInput
}

/// What goes into the network.
enum FaceInput: Sendable {
  /// A row for each crop.
  case values([Float])
  /// The picture has no face.
  case noFace
  case failure(InputFailure)
}
