import FermToolSupport
import Foundation

/// A picture of lines, boxes and words, as SVG text.
struct SVG {
  private let width: Int
  private let height: Int
  private var body: [String] = []

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String = "none"
  ) {
    body.append(
      "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" fill=\"\(fill)\" stroke=\"\(stroke)\"/>"
    )
  }

  mutating func line(_ points: [(Double, Double)], stroke: String, width: Double = 1, dashes: String? = nil) {
    guard !points.isEmpty else { return }
    let path = points.map { "\(n($0.0)),\(n($0.1))" }.joined(separator: " ")
    let dash = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    body.append(
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(n(width))\" stroke-linejoin=\"round\"\(dash)/>"
    )
  }

  mutating func dot(_ x: Double, _ y: Double, fill: String) {
    body.append("<circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"3\" fill=\"\(fill)\"/>")
  }

  /// - Parameter anchor: `start`, `middle` or `end`.
  mutating func text(
    _ words: String, _ x: Double, _ y: Double, size: Int = 12, fill: String = "#333",
    anchor: String = "start",
    turned: Bool = false, bold: Bool = false
  ) {
    let turn = turned ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : ""
    let weight = bold ? " font-weight=\"600\"" : ""
    body.append(
      "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(size)\" fill=\"\(fill)\" text-anchor=\"\(anchor)\"\(weight)\(turn)>\(words.xml)</text>"
    )
  }

  func rendered() -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    font-family="system-ui, sans-serif">
    <rect width="\(width)" height="\(height)" fill="#fff"/>
    \(body.joined(separator: "\n"))
    </svg>

    """
  }

  private func n(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }
}
