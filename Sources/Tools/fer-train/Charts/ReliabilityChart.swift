import FermToolSupport
import FermTrain
import Foundation

/// How often a model is right, by how sure it is; below, how many faces it is so sure of.
struct ReliabilityChart {
  let evaluation: Evaluation

  /// The picture within a page.
  var inline: HTML {
    let (left, top, side, low) = (60.0, 52.0, 300.0, 64.0)
    let bins = evaluation.bins
    let bar = side / Double(bins.count)
    let most = Double(max(bins.map { $0.count }.max() ?? 0, 1))
    var picture = SVG(width: 380, height: Int(top + side + low) + 68)
    func y(_ share: Double) -> Double { top + side * (1 - share) }
    picture.text("right, % of the faces, by how sure", left, 24, size: 14, bold: true)
    picture.text(
      "ECE \(String(format: "%.4f", evaluation.calibrationError)), \(bins.count) bins", left, 43,
      fill: ChartColour.faint)
    for percent in stride(from: 0, through: 100, by: 20) {
      let at = Double(percent) / 100
      picture.line([(left, y(at)), (left + side, y(at))], stroke: ChartColour.grid)
      picture.text("\(percent)", left - 8, y(at) + 4, anchor: "end")
      picture.text("\(percent)", left + side * at, top + side + low + 28, anchor: "middle")
    }
    picture.line([(left, y(0)), (left + side, y(1))], stroke: ChartColour.faint, dashes: "4 3")
    let bottom = top + side + low + 12
    for (place, bin) in bins.enumerated() where bin.count > 0 {
      let x = left + bar * Double(place)
      let words =
        "\(percent(Double(place) / Double(bins.count))) to \(percent(Double(place + 1) / Double(bins.count))) sure: \(bin.count) faces, \(percent(bin.accuracy)) right, \(percent(bin.confidence)) expected"
      picture.rectangle(
        x + 1, y(bin.accuracy), bar - 2, side * bin.accuracy, fill: ChartColour.validation, opacity: 0.35,
        title: words)
      let (center, interval) = (x + bar / 2, bin.interval)
      picture.line([(center, y(interval.low)), (center, y(interval.high))], stroke: ChartColour.validation)
      picture.dot(left + side * bin.confidence, y(bin.accuracy), fill: ChartColour.validation)
      let height = low * Double(bin.count) / most
      picture.rectangle(
        x + 1, bottom - height, bar - 2, height, fill: ChartColour.faint, opacity: 0.6, title: words)
    }
    picture.text("faces", left - 8, bottom - 4, fill: ChartColour.faint, anchor: "end")
    picture.text(
      "probability of the likeliest class, %", left + side / 2, bottom + 38, anchor: "middle")
    return picture.inline("reliability diagram")
  }

  private func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
}
