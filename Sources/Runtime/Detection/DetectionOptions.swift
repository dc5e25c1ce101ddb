internal import FermFormat

/// What a detector takes for a face, and how small the faces are that it looks for.
public struct DetectionOptions: Equatable, Sendable {
  /// The score from which a box is a face: 0 to 1.
  public var minScore: Float
  /// Boxes whose overlap, as a share of the area they cover together, is larger than this are one face: 0 to 1.
  public var overlap: Float
  /// The smaller side of the smallest faces to look for, in pixels of the photo.
  ///
  /// Where one look at the whole photo would not show such a face, the photo is looked at in windows too. Smaller faces that are
  /// seen all the same are given. A number above the photo's sides asks for one look.
  public var smallestFace: Float
  /// The most faces of a photo; those of the highest scores are given.
  public var mostFaces: Int

  /// The usual least score, with which the detector of this project finds small and poor faces, too; see docs/detection.md.
  public static let usualMinScore: Float = 0.58
  /// The most faces that may be asked for.
  public static let mostFacesAllowed = 1024

  /// Makes options; what is left out has its usual value.
  public init(
    minScore: Float = DetectionOptions.usualMinScore, overlap: Float = 0.3, smallestFace: Float = 40,
    mostFaces: Int = DetectionOptions.mostFacesAllowed
  ) {
    self.minScore = minScore
    self.overlap = overlap
    self.smallestFace = smallestFace
    self.mostFaces = mostFaces
  }

  /// What is wrong with the options; nil if nothing.
  var fault: FormatError? {
    guard (0...1).contains(minScore) else { return FormatError(.value, "The least score must be 0 to 1.") }
    guard (0...1).contains(overlap) else {
      return FormatError(.value, "The overlap of boxes must be 0 to 1.")
    }
    guard smallestFace >= 1 else {
      return FormatError(.value, "The smallest face must have a side of at least 1 pixel.")
    }
    guard (1...Self.mostFacesAllowed).contains(mostFaces) else {
      return FormatError(
        .value, "The most faces of a photo must be 1 to \(Self.mostFacesAllowed).")
    }
    return nil
  }
}
