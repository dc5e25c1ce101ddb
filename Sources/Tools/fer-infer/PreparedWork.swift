import FermFiles

/// A piece of work, decoded.
struct PreparedWork: Sendable {
  let path: FilePath
  let continuesPicture: Bool
  let firstFace: Int
  /// The size of the upright picture; nil when it was not decoded.
  var size: (width: Int, height: Int)?
  var faces: [PreparedFace] = []
  /// Why it was passed over.
  var skipped: String?
  /// Processor time.
  var seconds = 0.0

  init(_ work: Work) {
    path = work.path
    continuesPicture = work.continuesPicture
    firstFace = work.firstFace
  }
}

/// One face's inputs, a row for each crop.
struct PreparedFace: Sendable {
  let box: Box?
  let input: Result<[Float], InputFailure>
}
