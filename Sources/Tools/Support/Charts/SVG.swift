/// A picture of lines, boxes and words, as SVG text.
public struct SVG {
  /// Its width in pixels.
  public let width: Int
  /// Its height in pixels.
  public let height: Int
  /// The elements, in the order in which they are drawn.
  public private(set) var body: [String] = []

  /// A picture with nothing in it.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// About how wide words are, in pixels: rather too much, as nobody knows the reader's font.
  public static func width(of words: String, size: Int = 12, bold: Bool = false) -> Double {
    words.unicodeScalars.reduce(0) { width, scalar in
      // Scripts beyond those of Europe have signs as wide as they are high.
      let isWide = scalar.value >= 0x1100 || "mwMW%@".unicodeScalars.contains(scalar)
      let isNarrow = "iljtfrI.,:;|'()[] ".unicodeScalars.contains(scalar)
      return width + (isWide ? 1 : isNarrow ? 0.4 : 0.64) * Double(size)
    } * (bold ? 1.12 : 1)
  }

  /// A box.
  ///
  /// - Parameter title: what a reader is told who points at it.
  public mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String = "none",
    opacity: Double = 1, title: String? = nil
  ) {
    let shade = opacity < 1 ? " fill-opacity=\"\(n(opacity))\"" : ""
    let end = title.map { "><title>\($0.xml)</title></rect>" } ?? "/>"
    body.append(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" fill=\"\(fill)\"\(shade) stroke=\"\(stroke)\"\(end)"
    )
  }

  /// Lines from point to point.
  public mutating func line(
    _ points: [(Double, Double)], stroke: String, width: Double = 1, dashes: String? = nil
  ) {
    guard !points.isEmpty else { return }
    let path = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
    let dash = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    body.append(
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(n(width))\" stroke-linejoin=\"round\"\(dash)/>"
    )
  }

  /// A surface within points.
  public mutating func area(_ points: [(Double, Double)], fill: String, opacity: Double) {
    let path = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
    body.append("<polygon points=\"\(path)\" fill=\"\(fill)\" fill-opacity=\"\(n(opacity))\"/>")
  }

  /// A point.
  public mutating func dot(_ x: Double, _ y: Double, fill: String) {
    body.append("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"3\" fill=\"\(fill)\"/>")
  }

  /// Words on one line.
  ///
  /// - Parameter anchor: `start`, `middle` or `end`.
  public mutating func text(
    _ words: String, _ x: Double, _ y: Double, size: Int = 12, fill: String = ChartColour.ink,
    anchor: String = "start",
    turned: Bool = false, bold: Bool = false
  ) {
    let turn = turned ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : ""
    let weight = bold ? " font-weight=\"600\"" : ""
    body.append(
      "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(size)\" fill=\"\(fill)\" text-anchor=\"\(anchor)\"\(weight)\(turn)>\(words.xml)</text>"
    )
  }

  /// The text of a picture file, on white.
  ///
  /// - Parameter adapts: whether it is dark for readers who want that.
  public func rendered(adapts: Bool = false) -> String {
    let style = adapts ? "<style>\(ChartColour.adaptingRules)</style>\n" : ""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      font-family="system-ui, sans-serif">
      \(style)<rect width="\(width)" height="\(height)" fill="\(ChartColour.paper)"/>
      \(body.joined(separator: "\n"))
      </svg>

      """
  }

  /// A coordinate with two decimals at most.
  private func n(_ value: Double) -> String {
    // What is far outside is not seen, and what is no number is nowhere.
    let hundredths = value.isNaN ? 0 : Int((min(max(value, -1e9), 1e9) * 100).rounded())
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    let sign = hundredths < 0 ? "-" : ""
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole)." + (rest < 10 ? "0" : "") + "\(rest)"
  }
}
