import FermToolSupport
import Foundation

/// One chart of curves over the epochs.
struct CurvePanel {
  /// A value for each epoch; one that is not a number leaves a gap.
  struct Curve {
    let name: String
    let colour: String
    let values: [Double]
  }

  /// Which value of the last curve is pointed out.
  enum Best { case highest, lowest, none }

  static let width = 470
  static let height = 396
  private static let plot = (left: 60.0, top: 98.0, width: 390.0, height: 240.0)

  let title: String
  let curves: [Curve]
  let best: Best

  /// Draws it; epochs are as many as the longest curve has, or more.
  func draw(on picture: inout SVG, left: Double, epochs: Int, _ stages: [CurveStage]) {
    let (top, width, height) = (Self.plot.top, Self.plot.width, Self.plot.height)
    let left = left + Self.plot.left
    let axis = Axis(curves.flatMap { $0.values }.filter(Self.isDrawn))
    func x(_ epoch: Double) -> Double { left + width * (epoch - 1) / Double(max(epochs - 1, 1)) }
    func y(_ value: Double) -> Double { top + height * (axis.high - value) / (axis.high - axis.low) }

    picture.text(title, left, 24, size: 15, bold: true)
    for tick in axis.ticks {
      picture.line([(left, y(tick.value)), (left + width, y(tick.value))], stroke: ChartColour.grid)
      picture.text(tick.words, left - 8, y(tick.value) + 4, anchor: "end")
    }
    for epoch in Axis.epochs(epochs) {
      picture.line(
        [(x(Double(epoch)), top + height), (x(Double(epoch)), top + height + 4)], stroke: ChartColour.faint)
      picture.text("\(epoch)", x(Double(epoch)), top + height + 20, anchor: "middle")
    }
    picture.text("epoch", left + width / 2, top + height + 42, anchor: "middle")
    mark(stages, on: &picture, left: left) { max(x(Double($0) - 0.5), left) }

    var key = left
    for curve in curves where curve.values.contains(where: Self.isDrawn) {
      picture.line([(key, 41), (key + 18, 41)], stroke: curve.colour, width: 2)
      picture.text(curve.name, key + 24, 45)
      key += 24 + SVG.width(of: curve.name) + 18
      for part in Self.parts(curve.values) {
        let points = part.map { (x(Double($0 + 1)), y(curve.values[$0])) }
        if points.count == 1 { picture.dot(points[0].0, points[0].1, fill: curve.colour) }
        picture.line(points, stroke: curve.colour, width: 2)
      }
    }
    guard let curve = curves.last, let place = place(curve.values) else { return }
    let point = (x(Double(place + 1)), y(curve.values[place]))
    picture.line([(point.0, point.1), (point.0, top + height)], stroke: curve.colour, dashes: "2 3")
    picture.dot(point.0, point.1, fill: curve.colour)
    // Beside the title, where no curve is.
    let value = String(format: "%.\(best == .highest ? 2 : 4)f", curve.values[place])
    picture.text(
      "best \(value) in epoch \(place + 1)", left + width, 24, fill: curve.colour, anchor: "end")
  }

  /// Stages begin with a line and have their names above the plot: sizes in one row, others in rows of their own.
  private func mark(_ stages: [CurveStage], on picture: inout SVG, left: Double, at x: (Int) -> Double) {
    let (top, bottom) = (Self.plot.top, Self.plot.top + Self.plot.height)
    var (end, row) = (-1.0, 0)
    for stage in stages {
      if !stage.isSize { (end, row) = (-1, row + 1) }
      let start = x(stage.first)
      let baseline = top - 30 + 12 * Double(row)
      if stage.first > 1 {
        picture.line(
          [(start, baseline - 9), (start, bottom)], stroke: ChartColour.faint,
          dashes: stage.isSize ? "1 4" : "5 3")
      }
      // A name that does not fit behind its line ends at the edge.
      let width = SVG.width(of: stage.name, size: 11)
      let place = min(start + 4, left + Self.plot.width + 16 - width)
      guard place > end else { continue }
      picture.text(stage.name, place, baseline, size: 11, fill: ChartColour.faint)
      end = place + width + 4
    }
  }

  private static func isDrawn(_ value: Double) -> Bool { value.magnitude < 1e100 }

  /// Where values stand next to each other without a gap.
  private static func parts(_ values: [Double]) -> [[Int]] {
    values.indices.split { !isDrawn(values[$0]) }.map(Array.init)
  }

  /// Where the best value is, the earliest of equals.
  private func place(_ values: [Double]) -> Int? {
    let places = values.indices.filter { Self.isDrawn(values[$0]) }
    switch best {
    case .none: return nil
    case .highest:
      return places.reduce(nil) { known, place in
        known.map { values[place] > values[$0] ? place : $0 } ?? place
      }
    case .lowest:
      return places.reduce(nil) { known, place in
        known.map { values[place] < values[$0] ? place : $0 } ?? place
      }
    }
  }
}
