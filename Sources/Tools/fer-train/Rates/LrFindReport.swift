import FermTrain
import Foundation

/// What a test of learning rates says on a terminal: the curve on its side, and one suggestion.
struct LrFindReport {
  let test: RateTest
  let optimiser: String
  private static let (rows, bar) = (20, 40)

  var text: String { (curve + [verdict]).joined(separator: "\n") }

  private var curve: [String] {
    let points = test.points
    guard points.count > 1 else { return [] }
    let count = min(Self.rows, points.count)
    let shown = (0..<count).map { $0 * (points.count - 1) / (count - 1) }
    let low = shown.map { points[$0].smoothed }.min() ?? 0
    let high = test.ceiling
    let marked = test.suggestion.flatMap { rate in
      shown.min { abs(log(points[$0].rate / rate)) < abs(log(points[$1].rate / rate)) }
    }
    return ["rate      smoothed loss"]
      + shown.map { place in
        let point = points[place]
        let length = Double(Self.bar) * (min(point.smoothed, high) - low) / max(high - low, 1e-12)
        let line =
          String(format: "%.1e   %8.4f  ", point.rate, point.smoothed)
          + String(repeating: "#", count: 1 + Int(length.rounded()))
        return place == marked ? line + "  <-" : line
      }
  }

  private var verdict: String {
    let end =
      test.diverged.map { "The loss diverged at \(Self.short($0))" }
      ?? "The loss had not diverged at \(Self.short(test.points.last?.rate ?? 0))"
    guard let rate = test.suggestion else {
      return "\(end), and fell at no rate: begin lower, with --from."
    }
    return "\(end), and was lowest at:\n  --optimizer \(optimiser) --lr \(Self.short(rate))"
  }

  /// With two digits that count, as an option takes it.
  static func short(_ rate: Double) -> String { String(format: "%.2g", rate) }
}

extension RateTest {
  /// The highest smoothed loss that is worth showing: what diverged would press the rest flat.
  var ceiling: Double {
    let smoothed = points.map { $0.smoothed }
    let (start, low) = (smoothed.first ?? 1, smoothed.min() ?? 0)
    return max(min(smoothed.max() ?? 1, start + (start - low) / 2), low + 1e-3)
  }
}
