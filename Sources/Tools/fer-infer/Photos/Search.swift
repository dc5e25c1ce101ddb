import FermFormat

/// Which pictures are searched for faces, and which of these are wanted.
struct Search: Sendable {
  /// What pictures are.
  enum Pictures: Sendable {
    /// Large ones are photos, small ones crops of a face.
    case bySize
    case crops
    case photos
  }

  /// Which faces of a photo get a record.
  enum Selection: String, CaseIterable, Sendable {
    case all, largest
  }

  /// Faces smaller than so many pixels are flagged: too little is seen of them.
  static let small = 40.0

  var pictures = Pictures.bySize
  var selection = Selection.all
  /// The least side of a face's box, in pixels; nil for all that are seen.
  var smallestFace: Double?
  /// The least score of a face; nil for the detector's usual one, and crops are not scored.
  var leastScore: Double?
  /// By how much frames are wider than the model's rule says.
  var margin = 1.0

  /// The shorter side up to which a picture is a crop: no larger than the detector's own view of a whole picture, or than
  /// twice what the model sees.
  static func largestCrop(for recipe: Preprocessing) -> Int {
    max(128, 2 * max(recipe.resized.width, recipe.resized.height))
  }

  /// Whether a picture of this size is searched.
  func isPhoto(width: Int, height: Int, for recipe: Preprocessing) -> Bool {
    switch pictures {
    case .crops: false
    case .photos: true
    case .bySize: min(width, height) > Self.largestCrop(for: recipe)
    }
  }

  /// Whether a detector may be asked.
  var mayDetect: Bool { pictures != .crops || leastScore != nil }
  /// Whether nothing can be said without one.
  var needsDetector: Bool { pictures == .photos || leastScore != nil }
}
