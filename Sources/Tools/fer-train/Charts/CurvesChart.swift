import FermTrain
import Foundation

/// curves.svg: accuracy and loss over the epochs, training beside validation.
enum CurvesChart {
  private static let (train, validation) = ("#2a7f3f", "#1f5fbf")

  static func svg(_ history: [TrainingState.HistoryRow]) -> String {
    var picture = SVG(width: 960, height: 400)
    draw(
      &picture, left: 60, title: "accuracy, %",
      curves: [
        ("training, as seen", train, history.map { 100 * $0.trainAccuracy }),
        ("validation", validation, history.map { 100 * $0.validationAccuracy }),
      ], bestIsHigh: true)
    draw(
      &picture, left: 540, title: "loss",
      curves: [
        ("training, as seen", train, history.map { $0.trainLoss }),
        ("validation", validation, history.map { $0.validationLoss }),
      ], bestIsHigh: false)
    return picture.rendered()
  }

  private static func draw(
    _ picture: inout SVG, left: Double, title: String, curves: [(String, String, [Double])], bestIsHigh: Bool
  ) {
    let (top, width, height) = (50.0, 390.0, 290.0)
    let values = curves.flatMap { $0.2 }.filter { $0.magnitude < 1e100 }
    let (low, high, step) = scale(values.min() ?? 0, values.max() ?? 1)
    let epochs = curves[0].2.count
    func x(_ epoch: Int) -> Double { left + width * Double(epoch - 1) / Double(max(epochs - 1, 1)) }
    func y(_ value: Double) -> Double { top + height * (high - value) / (high - low) }
    picture.text(title, left, 28, size: 15, bold: true)
    var tick = low
    while tick <= high + step / 2 {
      picture.line([(left, y(tick)), (left + width, y(tick))], stroke: "#e3e3e3")
      picture.text(label(tick, step), left - 8, y(tick) + 4, anchor: "end")
      tick += step
    }
    let every = max(1, Int((Double(epochs) / 8).rounded(.up)))
    for epoch in stride(from: 1, through: epochs, by: every) {
      picture.text("\(epoch)", x(epoch), top + height + 20, anchor: "middle")
    }
    picture.text("epoch", left + width / 2, top + height + 40, anchor: "middle")
    for (i, (name, colour, curve)) in curves.enumerated() {
      let points = curve.enumerated().filter { $0.element.magnitude < 1e100 }
      guard !points.isEmpty else { continue }
      picture.line(points.map { (x($0.offset + 1), y($0.element)) }, stroke: colour, width: 2)
      let key = left + 112 + Double(i) * 146
      picture.line([(key, 23), (key + 22, 23)], stroke: colour, width: 2)
      picture.text(name, key + 28, 28)
      let best = points.max { bestIsHigh ? $0.element < $1.element : $0.element > $1.element }
      if i == 1, let best {
        picture.dot(x(best.offset + 1), y(best.element), fill: colour)
        let isLate = best.offset * 3 > epochs * 2
        picture.text(
          "\(String(format: "%.\(bestIsHigh ? 2 : 4)f", best.element)) in epoch \(best.offset + 1)",
          x(best.offset + 1) + (isLate ? -8 : 8), y(best.element) + (bestIsHigh ? -8 : 18),
          fill: colour, anchor: isLate ? "end" : "start")
      }
    }
  }

  /// Round bounds and a round step that give four to eight lines.
  private static func scale(_ least: Double, _ most: Double) -> (low: Double, high: Double, step: Double) {
    // A step must make a difference to the numbers that it is added to.
    let span = max(most - least, 1e-6 * max(1, least.magnitude, most.magnitude))
    let power = pow(10, (log10(span / 5)).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? power * 10
    let low = (least / step).rounded(.down) * step
    return (low, max((most / step).rounded(.up) * step, low + step), step)
  }

  private static func label(_ value: Double, _ step: Double) -> String {
    String(format: "%.\(max(0, Int(-log10(step * 1.0001).rounded(.down))))f", value)
  }
}
