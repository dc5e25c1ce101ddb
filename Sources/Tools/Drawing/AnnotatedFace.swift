internal import FermFiles

/// A face to be marked in a picture.
public struct AnnotatedFace: Equatable, Sendable {
  /// Where it is, in pixels of the upright picture; it may reach beyond.
  public let box: Rectangle
  /// What it is taken for, as it may be shown; nil where nothing is said of it.
  let label: String?
  /// The label's place among the model's, which gives the colour.
  let place: Int?
  /// How sure that is: `94 %`.
  let score: String?
  /// Whether it is too small to be judged well; its box is drawn in dashes.
  let isSmall: Bool

  /// - Parameters:
  ///   - label: in any language; what cannot be seen or turns other text is shown as an escape.
  ///   - place: the label's place among the model's.
  ///   - score: 0 to 1.
  public init(box: Rectangle, label: String?, place: Int?, score: Float?, isSmall: Bool) {
    self.box = box
    self.label = label?.printable
    self.place = place
    self.score = score.map { Self.percent($0) }
    self.isSmall = isSmall
  }

  /// Whole percents; only what is certain has 100.
  static func percent(_ share: Float) -> String {
    let percent = Int((100 * share).rounded())
    return percent == 100 && share < 1 ? "99 %" : "\(percent) %"
  }
}
