public import FermImage

/// Rows of small pictures under a heading for each column, with a label before each row.
public struct PictureGrid: Sendable {
  /// A label and the pictures after it.
  public typealias Row = (label: String, pictures: [Image])

  private let headings: [[String]]
  private let rows: [Row]
  /// The side of a picture's place.
  private let side: Int
  private let zoom: Int

  /// About the side of a picture: smaller ones are enlarged by a whole factor.
  private static let usualSide = 96
  /// Longer labels are cut.
  private static let labelWidth = 90
  private static let (gap, line, letters) = (6, 20, 13.0)
  private static let (paper, ink) = (Colour.white, Colour(red: 34, green: 34, blue: 34))

  /// A grid of pictures, which may differ in size.
  ///
  /// - Parameter headings: the lines over each column, two at most.
  public init(headings: [[String]], rows: [Row]) {
    let largest = max(1, rows.flatMap { $0.pictures }.map { max($0.width, $0.height) }.max() ?? 1)
    (self.headings, self.rows) = (headings, rows)
    zoom = max(1, Self.usualSide / largest)
    side = largest * zoom
  }

  /// The pictures with their words.
  public func drawn(_ library: DrawingLibrary) throws(DrawingError) -> Image {
    let (left, top) = (Self.labelWidth, 2 * Self.line + Self.gap)
    let sheet = plain(left: left, top: top)
    let canvas = try Canvas(library, width: sheet.width, height: sheet.height)
    canvas.put(sheet.pixels, channels: 3, width: sheet.width, height: sheet.height, x: 0, y: 0)
    for (column, heading) in headings.enumerated() {
      for (row, text) in heading.prefix(2).enumerated() {
        let place = Rectangle(
          x: Double(x(column, left)), y: Double(Self.gap + row * Self.line), width: Double(side),
          height: Double(Self.line))
        canvas.write(text, Lettering(size: Self.letters, isBold: row == 0), in: place, Self.ink)
      }
    }
    for (i, row) in rows.enumerated() {
      let place = Rectangle(
        x: Double(Self.gap), y: Double(y(i, top)), width: Double(left - 2 * Self.gap), height: Double(side))
      canvas.write(row.label, Lettering(size: Self.letters, isBold: true), in: place, Self.ink)
    }
    return Image(width: sheet.width, height: sheet.height, channels: 3, pixels: try canvas.pixels())
  }

  /// The pictures alone, which takes no library.
  public func withoutWords() -> Image { plain(left: 0, top: 0) }

  private func x(_ column: Int, _ left: Int) -> Int { left + Self.gap + column * (side + Self.gap) }
  private func y(_ row: Int, _ top: Int) -> Int { top + Self.gap + row * (side + Self.gap) }

  /// The pictures in RGB, on paper.
  private func plain(left: Int, top: Int) -> Image {
    let columns = rows.map { $0.pictures.count }.max() ?? 0
    let (width, height) = (x(columns, left), y(rows.count, top))
    var pixels = [UInt8](repeating: Self.paper.red, count: 3 * width * height)
    for (i, row) in rows.enumerated() {
      for (column, picture) in row.pictures.enumerated() {
        // A smaller picture stands in the middle of its place.
        let first = (
          x: x(column, left) + (side - picture.width * zoom) / 2,
          y: y(i, top) + (side - picture.height * zoom) / 2
        )
        for down in 0..<(picture.height * zoom) {
          for across in 0..<(picture.width * zoom) {
            let source = (down / zoom * picture.width + across / zoom) * picture.channels
            let target = 3 * ((first.y + down) * width + first.x + across)
            for channel in 0..<3 {
              pixels[target + channel] = picture.pixels[source + min(channel, picture.channels - 1)]
            }
          }
        }
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }
}
