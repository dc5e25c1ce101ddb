import FermToolSupport
import Foundation

/// Bars in groups, each with its value and its interval: a group a line, so that names of any length have room.
struct BarChart {
  struct Bar {
    /// A share, from 0 to 1.
    let value: Double
    let interval: (low: Double, high: Double)?
  }

  struct Group {
    let name: String
    /// One for each series; nil where there is none.
    let bars: [Bar?]
  }

  let title: String
  /// What bars and whiskers are.
  let subtitle: String
  let series: [String]
  let groups: [Group]

  private static let (bar, gap, space) = (17.0, 3.0, 16.0)
  private static let (top, room, margin) = (100.0, 480.0, 20.0)

  /// The chart as a file of its own.
  var file: String { picture.rendered(adapts: true) }

  /// The chart within a page.
  var inline: HTML { picture.inline(title) }

  private var picture: SVG {
    let names = groups.map { SVG.width(of: $0.name, size: 13) }
    let left = Self.margin + max(names.max() ?? 0, 40) + 12
    let values = "100.00 %"
    let right = left + Self.room + 14 + SVG.width(of: values, size: 12)
    let keys = series.map { 20 + SVG.width(of: $0) + 22 }
    let words = [SVG.width(of: title, size: 15, bold: true), SVG.width(of: subtitle), keys.reduce(0, +)]
    let bottom = Self.top + groups.reduce(0) { $0 + height(of: $1) + Self.space }
    var picture = SVG(
      width: Int(max(right, Self.margin + (words.max() ?? 0)) + Self.margin), height: Int(bottom + 42))
    picture.text(title, Self.margin, 28, size: 15, bold: true)
    picture.text(subtitle, Self.margin, 50)
    var key = Self.margin
    for (place, name) in series.enumerated() {
      picture.rectangle(key, 66, 13, 13, fill: ChartColour.series(place))
      picture.text(name, key + 20, 77)
      key += keys[place]
    }

    func x(_ value: Double) -> Double { left + Self.room * value / axis.high }
    for tick in axis.ticks {
      picture.line([(x(tick.value), Self.top - 6), (x(tick.value), bottom)], stroke: ChartColour.grid)
      picture.text(tick.words, x(tick.value), bottom + 18, anchor: "middle")
    }
    picture.text("accuracy, %", left + Self.room / 2, bottom + 36, anchor: "middle")
    var y = Self.top
    for group in groups {
      picture.text(group.name, left - 10, y + height(of: group) / 2 + 4.5, size: 13, anchor: "end")
      for (place, bar) in group.bars.enumerated() {
        guard let bar else { continue }
        draw(bar, ChartColour.series(place), on: &picture, at: y, x)
        y += Self.bar + Self.gap
      }
      y += Self.space - Self.gap
    }
    return picture
  }

  private func draw(
    _ bar: Bar, _ colour: String, on picture: inout SVG, at y: Double, _ x: (Double) -> Double
  ) {
    let value = 100 * bar.value
    let (start, end) = (x(0), x(value))
    picture.rectangle(start, y, end - start, Self.bar, fill: colour, opacity: 0.6)
    var edge = end
    if let interval = bar.interval {
      let (low, high) = (x(max(0, 100 * interval.low)), x(min(axis.high, 100 * interval.high)))
      let middle = y + Self.bar / 2
      picture.line([(low, middle), (high, middle)], stroke: ChartColour.ink, width: 1.5)
      for place in [low, high] {
        picture.line([(place, middle - 4), (place, middle + 4)], stroke: ChartColour.ink, width: 1.5)
      }
      edge = max(edge, high)
    }
    picture.text(String(format: "%.2f %%", value), edge + 8, y + Self.bar / 2 + 4)
  }

  /// From nothing, so that lengths are to each other as the values are.
  private var axis: Axis {
    let bars = groups.flatMap { $0.bars.compactMap { $0 } }
    return Axis([0] + bars.map { 100 * min(1, max($0.value, $0.interval?.high ?? 0)) }, most: 8)
  }

  private func height(of group: Group) -> Double {
    Double(group.bars.count { $0 != nil }) * (Self.bar + Self.gap) - Self.gap
  }
}
