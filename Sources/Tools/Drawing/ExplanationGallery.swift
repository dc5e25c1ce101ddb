public import FermImage

/// Explained faces on one page, in groups with a heading: each as a face, and beside it with its map over it.
public struct ExplanationGallery {
  /// Faces under one heading.
  public struct Group: Sendable {
    let heading: String
    let faces: [ExplainedFace]

    /// Makes a group.
    public init(heading: String, faces: [ExplainedFace]) { (self.heading, self.faces) = (heading, faces) }
  }

  /// The most faces of a group; as many stand in a row.
  public static let mostFaces = 6
  private static let (margin, side, gap, line) = (16, 80, 12, 18)
  private static let (paper, ink) = (Colour.white, Colour(red: 34, green: 34, blue: 34))

  /// Draws a page.
  public static func drawn(_ title: String, _ groups: [Group], _ library: DrawingLibrary) throws(DrawingError)
    -> Image
  {
    let cell = 2 * side + gap
    let columns = max(1, groups.map { $0.faces.count }.max() ?? 1)
    let row = line + 6 + side + 2 * line + gap
    let canvas = try Canvas(
      library, width: max(480, 2 * margin + columns * cell),
      height: 2 * margin + 2 * line + groups.count * row)
    canvas.fill(
      Rectangle(x: 0, y: 0, width: Double(canvas.width), height: Double(canvas.height)), paper)
    func write(_ text: String, _ x: Int, _ y: Int, _ width: Int, _ lettering: Lettering) {
      canvas.write(
        text, lettering,
        in: Rectangle(x: Double(x), y: Double(y), width: Double(width), height: Double(line)), ink)
    }
    write(title, margin, margin, canvas.width - 2 * margin, Lettering(size: 15, isBold: true))
    for (i, group) in groups.enumerated() {
      let top = margin + 2 * line + i * row
      write(group.heading, margin, top, canvas.width - 2 * margin, Lettering(size: 13, isBold: true))
      for (j, face) in group.faces.prefix(mostFaces).enumerated() {
        let (left, upper) = (margin + j * cell, top + line + 6)
        for (k, panel) in [ExplainedFace.Panel.face, .mapOverFace].enumerated() {
          let picture = scaled(face, panel)
          canvas.put(picture, channels: 3, width: side, height: side, x: left + k * side, y: upper)
        }
        write(face.verdict, left, upper + side + 1, 2 * side, Lettering(size: 11))
        let name = String(face.name.split(separator: "/").last ?? "")
        write(name, left, upper + side + line - 1, 2 * side, Lettering(size: 10, cut: .middle))
      }
    }
    return Image(width: canvas.width, height: canvas.height, channels: 3, pixels: try canvas.pixels())
  }

  /// A panel at the gallery's size, the nearest pixel at each place.
  private static func scaled(_ face: ExplainedFace, _ panel: ExplainedFace.Panel) -> [UInt8] {
    let own = face.pixels(panel, zoom: 1)
    let (width, height) = (face.face.width, face.face.height)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * side * side)
    for y in 0..<side {
      for x in 0..<side {
        let place = 3 * (y * height / side * width + x * width / side)
        pixels += own[place..<(place + 3)]
      }
    }
    return pixels
  }
}
