/// A plate before it has a place: label and score in one line, the label cut where it would be wider than the picture.
struct PlateShape {
  let width: Double
  let height: Double
  private let colour: Colour
  /// Places from the plate's own corner.
  private let texts: [AnnotationLayout.Text]

  /// nil where there is nothing to say, or the picture has no room for letters of this size.
  init?(_ face: AnnotatedFace, size: Double, within picture: Rectangle, measure: AnnotationLayout.Measure) {
    var words: [(words: String, lettering: Lettering)] = []
    if let label = face.label { words.append((label, Lettering(size: size, isBold: true))) }
    if let score = face.score { words.append((score, Lettering(size: size))) }
    self.init(words, size: size, colour: .label(face.place), within: picture, measure: measure)
  }

  /// - Parameter words: in one line; where there is no room for all, the first alone if it fits, else all with the first cut.
  init?(
    _ words: [(words: String, lettering: Lettering)], size: Double, colour: Colour, within picture: Rectangle,
    measure: AnnotationLayout.Measure
  ) {
    var sizes = words.map { measure($0.words, $0.lettering) }
    let (side, gap) = ((size * 0.35).rounded(.up), (size * 0.4).rounded(.up))
    height = (sizes.reduce(0) { max($0, $1.height) } + size * 0.2).rounded(.up)
    func fixed() -> Double { sizes.dropFirst().reduce(2 * side) { $0 + gap + $1.width } }
    guard let first = sizes.first, height <= picture.height else { return nil }
    if fixed() + first.width > picture.width, 2 * side + first.width <= picture.width { sizes = [first] }
    let fixed = fixed()
    let room = picture.width - fixed
    guard room >= min(first.width, 2 * size) else { return nil }
    let widths = [min(first.width, room.rounded(.down))] + sizes.dropFirst().map { $0.width }
    width = fixed + widths[0]
    self.colour = colour
    var (texts, x) = ([AnnotationLayout.Text](), side)
    for (word, width) in zip(words, widths) {
      let place = Rectangle(x: x, y: 0, width: width, height: height)
      texts.append(AnnotationLayout.Text(words: word.words, lettering: word.lettering, place: place))
      x += width + gap
    }
    self.texts = texts
  }

  /// The plate with its corner there.
  func plate(x: Double, y: Double) -> AnnotationLayout.Plate {
    AnnotationLayout.Plate(
      ground: Rectangle(x: x, y: y, width: width, height: height), colour: colour,
      texts: texts.map { text in
        var place = text.place
        place.x += x
        place.y += y
        return AnnotationLayout.Text(words: text.words, lettering: text.lettering, place: place)
      })
  }
}
