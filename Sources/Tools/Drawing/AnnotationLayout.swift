/// Where boxes and words go in a picture: lines and letters as large as picture and face ask for, each plate of words where it
/// hides least.
struct AnnotationLayout: Sendable {
  /// A box's edge.
  struct Frame: Equatable, Sendable {
    /// The middle of the line.
    let edge: Rectangle
    let colour: Colour
    /// The width of the coloured line.
    let line: Double
    /// The width of the dark line and of the light one on each side of it.
    let rim: Double
    /// The length of dashes and gaps; 0 for a whole line.
    let dash: Double

    /// All that is drawn.
    var area: Rectangle { edge.grown(by: line / 2 + 2 * rim) }
  }

  /// Words on a ground of the label's colour.
  struct Plate: Equatable, Sendable {
    let ground: Rectangle
    let colour: Colour
    let texts: [Text]
  }

  /// A line of text and its place.
  struct Text: Equatable, Sendable {
    let words: String
    let lettering: Lettering
    let place: Rectangle
  }

  /// The size of a line of text.
  typealias Measure = (_ words: String, _ lettering: Lettering) -> (width: Double, height: Double)

  let frames: [Frame]
  let plates: [Plate]

  /// The size of letters, by the picture's size alone.
  static func letters(width: Int, height: Int) -> Double {
    let (across, down) = (Double(width), Double(height))
    return max(8, min(max(12, (across * down).squareRoot() / 45), min(across, down) * 0.15)).rounded()
  }

  /// - Parameters:
  ///   - width: the picture's width.
  ///   - height: the picture's height.
  init(_ faces: [AnnotatedFace], width: Int, height: Int, measure: Measure) {
    let picture = Rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
    let letters = Self.letters(width: width, height: height)
    let frames = faces.map { Self.frame($0, in: picture, letters: letters) }
    self.frames = frames
    var placer = PlatePlacer(picture: picture, faces: frames.map { $0.area })
    // Small faces have the least room, and large ones have some within.
    let order = faces.indices.sorted {
      let (one, other) = (frames[$0].edge, frames[$1].edge)
      let (area, another) = (one.width * one.height, other.width * other.height)
      return area != another ? area < another : $0 < $1
    }
    var plates: [(face: Int, plate: Plate)] = []
    for i in order {
      let side = min(frames[i].edge.width, frames[i].edge.height)
      let size = max(8, min(max(side * 0.2, letters * 0.6), letters * 1.6)).rounded()
      let sizes = [size, size * 0.8, size * 0.65].map { max(8, $0.rounded()) }
      let shapes = sizes.compactMap { PlateShape(faces[i], size: $0, within: picture, measure: measure) }
      if let plate = placer.place(shapes, at: i) { plates.append((i, plate)) }
    }
    self.plates = plates.sorted { $0.face < $1.face }.map { $0.plate }
  }

  private static func frame(_ face: AnnotatedFace, in picture: Rectangle, letters: Double) -> Frame {
    let box = face.box.clipped(to: picture)
    let side = min(box.width, box.height)
    let line = max(1, max(min(letters / 8, side / 12), min(letters / 4, side / 100)).rounded())
    let rim = max(1, (line / 3).rounded())
    // All of the line is to be seen where a box reaches the picture's edge.
    let inset = picture.grown(by: -(line / 2 + 2 * rim))
    var edge = inset.width > 1 && inset.height > 1 ? box.clipped(to: inset) : box
    // A line of odd width is sharp where its middle is that of a row of pixels.
    if !line.remainder(dividingBy: 2).isZero {
      edge = Rectangle(
        x: edge.x.rounded(.down) + 0.5, y: edge.y.rounded(.down) + 0.5, width: edge.width.rounded(.down),
        height: edge.height.rounded(.down))
    }
    return Frame(
      edge: edge, colour: .label(face.place), line: line, rim: rim,
      dash: face.isSmall ? max(2, 3 * line) : 0)
  }
}
