import FermToolSupport
import Foundation

/// Curves of several settings over each other: the mean over their seeds with a band of one standard deviation to each side.
struct OverlaidCurves {
  struct Curve {
    let name: String
    /// The seeds' values, epoch by epoch.
    let accuracy: [[Double]]
    let loss: [[Double]]
  }

  /// So many are told apart; the picture says how many more there are.
  static let most = 16

  private let curves: [Curve]
  private let left: Int

  /// Takes curves, the most important first.
  init(_ curves: [Curve]) {
    self.curves = Array(curves.prefix(Self.most))
    left = curves.count - self.curves.count
  }

  private static let plot = (left: 60.0, top: 48.0, width: 400.0, height: 270.0)
  private static let panel = 480.0
  private static let legend = 384.0

  /// The curves as a file of their own.
  var file: String { picture.rendered(adapts: true) }

  /// The curves within a page.
  var inline: HTML { picture.inline("validation accuracy and loss over the epochs") }

  private var picture: SVG {
    let widest = curves.map { SVG.width(of: $0.name) + 44 }.max() ?? 0
    let width = max(2 * Self.panel, Self.plot.left + widest + 20)
    let columns = max(1, min(curves.count, Int((width - Self.plot.left) / (widest + 16))))
    let rows = (curves.count + columns - 1) / columns
    var picture = SVG(width: Int(width), height: Int(Self.legend) + 20 * rows + (left > 0 ? 34 : 14))
    draw("validation accuracy, %", \.accuracy, scale: 100, at: 0, on: &picture)
    draw("validation loss", \.loss, scale: 1, at: Self.panel, on: &picture)
    for (place, curve) in curves.enumerated() {
      let x = Self.plot.left + Double(place / rows) * (width - Self.plot.left) / Double(columns)
      let y = Self.legend + 20 * Double(place % rows)
      picture.line(
        [(x, y - 4), (x + 28, y - 4)], stroke: ChartColour.series(place), width: 2, dashes: dashes(place))
      picture.text(curve.name, x + 36, y)
    }
    if left > 0 {
      picture.text(
        "and \(left) more, which are not drawn", Self.plot.left, Self.legend + 20 * Double(rows),
        fill: ChartColour.faint)
    }
    return picture
  }

  private func draw(
    _ title: String, _ values: KeyPath<Curve, [[Double]]>, scale: Double, at start: Double,
    on picture: inout SVG
  ) {
    let left = start + Self.plot.left
    let (top, width, height) = (Self.plot.top, Self.plot.width, Self.plot.height)
    let bands = curves.map { Band($0[keyPath: values], scale: scale) }
    let axis = Axis(bands.flatMap { $0.mean + $0.low + $0.high }.filter { $0.magnitude < 1e100 })
    let epochs = max(bands.map { $0.mean.count }.max() ?? 1, 1)
    func point(_ epoch: Int, _ value: Double) -> (Double, Double) {
      (
        left + width * Double(epoch) / Double(max(epochs - 1, 1)),
        top + height * (axis.high - value) / (axis.high - axis.low)
      )
    }
    picture.text(title, left, 28, size: 15, bold: true)
    for tick in axis.ticks {
      let y = point(0, tick.value).1
      picture.line([(left, y), (left + width, y)], stroke: ChartColour.grid)
      picture.text(tick.words, left - 8, y + 4, anchor: "end")
    }
    for epoch in Axis.epochs(epochs) {
      picture.text("\(epoch)", point(epoch - 1, axis.low).0, top + height + 18, anchor: "middle")
    }
    picture.text("epoch", left + width / 2, top + height + 36, anchor: "middle")
    // Many bands over each other would hide the curves.
    let opacity = max(0.05, 0.3 / Double(max(bands.count, 2)))
    for (place, band) in bands.enumerated() where band.isWide {
      let there = band.high.indices.map { point($0, band.high[$0]) }
      let back = band.low.indices.reversed().map { point($0, band.low[$0]) }
      picture.area(there + back, fill: ChartColour.series(place), opacity: opacity)
    }
    for (place, band) in bands.enumerated() {
      let points = band.mean.indices.map { point($0, band.mean[$0]) }
      picture.line(points, stroke: ChartColour.series(place), width: 2, dashes: dashes(place))
      if points.count == 1 { picture.dot(points[0].0, points[0].1, fill: ChartColour.series(place)) }
    }
  }

  private func dashes(_ place: Int) -> String? { place < ChartColour.seriesCount ? nil : "6 4" }

  /// Mean and deviation of the seeds' curves, as far as all of them go and are numbers.
  private struct Band {
    private(set) var mean: [Double] = []
    private(set) var low: [Double] = []
    private(set) var high: [Double] = []
    let isWide: Bool

    init(_ seeds: [[Double]], scale: Double) {
      isWide = seeds.count > 1
      for epoch in 0..<(seeds.map { $0.count }.min() ?? 0) {
        let values = seeds.map { scale * $0[epoch] }
        guard values.allSatisfy({ $0.magnitude < 1e100 }) else { break }
        let centre = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        let spread = (squares / Double(max(values.count - 1, 1))).squareRoot()
        mean.append(centre)
        low.append(centre - spread)
        high.append(centre + spread)
      }
    }
  }
}
