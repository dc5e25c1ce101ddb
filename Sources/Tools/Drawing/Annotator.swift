public import FermImage

/// Draws faces' boxes, labels and scores into copies of pictures; any number of threads may share one.
public struct Annotator: Sendable {
  private let library: DrawingLibrary

  /// Bytes of the tile of a picture that is drawn at a time, and its longer side: cairo's end at 32,767.
  private static let tileBytes = 4 << 20
  private static let longestTile = 16_384

  /// Loads what draws.
  public init() throws(DrawingError) { library = try DrawingLibrary() }

  /// A copy of a picture in RGB, of the same size, with its faces marked.
  ///
  /// Pixels away from the marks stay as they are. Beside the copy it takes some megabytes.
  /// - Parameters:
  ///   - image: of full size: the faces' boxes are in its pixels.
  ///   - remark: said in the top left corner.
  public func annotated(_ image: Image, faces: [AnnotatedFace], remark: String? = nil) throws(DrawingError)
    -> Image
  {
    let ruler = try Canvas(library, width: 1, height: 1)
    let measure: AnnotationLayout.Measure = { ruler.size(of: $0, $1) }
    let layout = AnnotationLayout(faces, width: image.width, height: image.height, measure: measure)
    var plates = layout.plates
    if let remark, let plate = Self.plate(remark, in: image, measure) { plates.append(plate) }
    let width = min(image.width, Self.longestTile)
    let height = max(1, min(image.height, Self.longestTile, Self.tileBytes / (4 * width)))
    let canvas = try Canvas(library, width: width, height: height)
    var pixels = image.inColour
    for top in stride(from: 0, to: image.height, by: height) {
      for left in stride(from: 0, to: image.width, by: width) {
        let tile = Rectangle(x: Double(left), y: Double(top), width: Double(width), height: Double(height))
        let frames = layout.frames.filter { $0.area.overlap(tile) > 0 }
        let plates = plates.filter { $0.ground.overlap(tile) > 0 }
        guard !frames.isEmpty || !plates.isEmpty else { continue }
        try canvas.draw(into: &pixels, width: image.width, height: image.height, x: left, y: top) { canvas in
          for frame in frames { Self.draw(frame, on: canvas) }
          for plate in plates { Self.draw(plate, on: canvas) }
        }
      }
    }
    return Image(width: image.width, height: image.height, channels: 3, pixels: pixels)
  }

  private static func draw(_ frame: AnnotationLayout.Frame, on canvas: Canvas) {
    // Dark and light rims tell the line from any ground.
    canvas.stroke(frame.edge, .black, line: frame.line + 4 * frame.rim)
    canvas.stroke(frame.edge, .white, line: frame.line + 2 * frame.rim)
    canvas.stroke(frame.edge, frame.colour, line: frame.line, dash: frame.dash)
  }

  private static func draw(_ plate: AnnotationLayout.Plate, on canvas: Canvas) {
    canvas.fill(plate.ground, .black)
    canvas.fill(plate.ground.grown(by: -1), plate.colour)
    for text in plate.texts { canvas.write(text.words, text.lettering, in: text.place, plate.colour.ink) }
  }

  private static func plate(_ remark: String, in image: Image, _ measure: AnnotationLayout.Measure)
    -> AnnotationLayout.Plate?
  {
    let size = AnnotationLayout.letters(width: image.width, height: image.height)
    let picture = Rectangle(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
    return PlateShape(
      [(remark, Lettering(size: size))], size: size, colour: .grey, within: picture, measure: measure)?
      .plate(x: 0, y: 0)
  }
}

extension Image {
  /// The samples in RGB.
  fileprivate var inColour: [UInt8] {
    guard channels == 1 else { return pixels }
    var colour: [UInt8] = []
    colour.reserveCapacity(3 * pixels.count)
    for grey in pixels {
      colour.append(grey)
      colour.append(grey)
      colour.append(grey)
    }
    return colour
  }
}
