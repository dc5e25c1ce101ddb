public import FermImage

/// Three panels side by side: a face, what counts for the network's answer, and one over the other, both with a scale of colours.
public enum ExplanationFigure {
  private static let margin = 20
  /// About the side of a panel.
  private static let side = 240
  private static let letters = 15.0
  /// The scale's width, and that of the numbers beside it.
  private static let (bar, numbers) = (14, 34)
  private static let (paper, ink) = (Colour.white, Colour(red: 34, green: 34, blue: 34))

  /// Draws a figure.
  public static func drawn(_ face: ExplainedFace, _ library: DrawingLibrary) throws(DrawingError) -> Image {
    let zoom = max(1, side / max(face.face.width, face.face.height))
    let (width, height) = (face.face.width * zoom, face.face.height * zoom)
    let line = Int(1.6 * letters)
    let scaled = width + bar + numbers + margin / 2
    let canvas = try Canvas(
      library, width: 4 * margin + width + 2 * scaled, height: 2 * margin + 3 * line + height)
    canvas.fill(rectangle(0, 0, canvas.width, canvas.height), paper)
    let room = canvas.width - 2 * margin
    canvas.write(
      face.answer, Lettering(size: letters, isBold: true), in: rectangle(margin, margin / 2, room, line), ink)
    canvas.write(
      face.name, Lettering(size: 0.85 * letters, cut: .middle),
      in: rectangle(margin, margin / 2 + line, room, line), ink)
    let top = margin + 2 * line
    var left = margin
    for panel in ExplainedFace.Panel.allCases {
      canvas.put(face.pixels(panel, zoom: zoom), channels: 3, width: width, height: height, x: left, y: top)
      canvas.write(
        panel.title, Lettering(size: 0.85 * letters), in: rectangle(left, top + height, width, line), ink)
      left += width
      if panel != .face {
        scale(canvas, x: left + margin / 2, y: top, height: height)
        left += scaled - width
      }
      left += margin
    }
    return Image(width: canvas.width, height: canvas.height, channels: 3, pixels: try canvas.pixels())
  }

  /// Draws the scale of colours, 1 above and 0 below.
  private static func scale(_ canvas: Canvas, x: Int, y: Int, height: Int) {
    for row in 0..<height {
      let value = 1 - (Float(row) + 0.5) / Float(height)
      canvas.fill(rectangle(x, y + row, bar, 1), ColourScale.colour(value))
    }
    for (text, share) in [("1", 0.0), ("0.5", 0.5), ("0", 1.0)] {
      let middle = Double(y) + share * Double(height - 1)
      canvas.fill(Rectangle(x: Double(x + bar), y: middle.rounded(), width: 4, height: 1), ink)
      let place = Rectangle(
        x: Double(x + bar + 6), y: middle - letters / 2, width: Double(numbers - 6), height: letters)
      canvas.write(text, Lettering(size: 0.75 * letters), in: place, ink)
    }
  }

  private static func rectangle(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Rectangle {
    Rectangle(x: Double(x), y: Double(y), width: Double(width), height: Double(height))
  }
}
