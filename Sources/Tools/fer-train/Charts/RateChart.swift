import FermToolSupport
import FermTrain
import Foundation

/// lr-find.svg: the loss over the learning rate, step by step and smoothed, with the suggestion.
enum RateChart {
  private static let (left, top, width, height) = (64.0, 60.0, 620.0, 300.0)
  private static let (plain, smooth, mark) = ("#c3cbd6", "#1f5fbf", "#b22d1e")

  static func svg(_ test: RateTest) -> String {
    var picture = SVG(width: 720, height: 420)
    picture.text("Loss while the learning rate rises", left, 28, size: 15, bold: true)
    picture.text("learning rate", left + width / 2, top + height + 42, anchor: "middle")
    guard let first = test.points.first, let last = test.points.last, first.rate < last.rate else {
      picture.text("The loss was no number from the beginning.", left, top + 30)
      return picture.rendered()
    }
    let (low, high) = (test.points.map { $0.smoothed }.min() ?? 0, test.ceiling)
    let margin = 0.15 * (high - low)
    let axis = Axis([low - margin, high + margin])
    let (floor, ceiling) = (axis.low, axis.high)
    let (begin, end) = (log10(first.rate), log10(last.rate))
    func x(_ rate: Double) -> Double { left + width * (log10(rate) - begin) / (end - begin) }
    func y(_ loss: Double) -> Double {
      top + height * (ceiling - min(max(loss, floor), ceiling)) / (ceiling - floor)
    }

    for (loss, words) in axis.ticks {
      picture.line([(left, y(loss)), (left + width, y(loss))], stroke: ChartColour.grid)
      picture.text(words, left - 8, y(loss) + 4, anchor: "end")
    }
    for power in Int(begin.rounded(.up))...max(Int(begin.rounded(.up)), Int(end.rounded(.down)))
    where Double(power) <= end {
      let rate = pow(10, Double(power))
      picture.line([(x(rate), top), (x(rate), top + height)], stroke: ChartColour.grid)
      picture.text(label(power), x(rate), top + height + 20, anchor: "middle")
    }
    picture.line(test.points.map { (x($0.rate), y($0.loss)) }, stroke: plain)
    picture.line(test.points.map { (x($0.rate), y($0.smoothed)) }, stroke: smooth, width: 2)
    var key = left
    for (name, colour) in [("each step", plain), ("smoothed", smooth)] {
      picture.line([(key, 44), (key + 22, 44)], stroke: colour, width: 2)
      picture.text(name, key + 28, 48)
      key += 110
    }
    guard let rate = test.suggestion else { return picture.rendered() }
    picture.line([(x(rate), top), (x(rate), top + height)], stroke: mark, dashes: "5 4")
    picture.text(
      "lowest at \(LrFindReport.short(rate))", left + width, 48, fill: mark, anchor: "end")
    return picture.rendered()
  }

  private static func label(_ power: Int) -> String {
    (-3...3).contains(power)
      ? power < 0 ? String(format: "%.\(-power)f", pow(10, Double(power))) : "\(Int(pow(10, Double(power))))"
      : "1e\(power)"
  }
}
