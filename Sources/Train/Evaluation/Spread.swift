internal import Foundation

/// Figures of runs that differ by their seeds: their mean and what it says of further seeds.
public struct Spread: Sendable {
  /// How many figures there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their standard deviation, with a divisor of one less than their number; nil for a single figure.
  public let deviation: Double?
  /// The 95 % interval of the mean by Student's distribution; nil for a single figure, of which nothing tells how much others
  /// would differ.
  public let interval: (low: Double, high: Double)?

  /// The interval, as far as it is one of a share, which lies between 0 and 1.
  public var intervalOfShare: (low: Double, high: Double)? {
    interval.map { (max($0.low, 0), min($0.high, 1)) }
  }

  /// Summarises figures; nil where there are none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else {
      (deviation, interval) = (nil, nil)
      return
    }
    let centre = mean
    let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    let deviation = (squares / Double(values.count - 1)).squareRoot()
    let reach = Self.quantile(degrees: values.count - 1) * deviation / Double(values.count).squareRoot()
    self.deviation = deviation
    interval = (mean - reach, mean + reach)
  }

  /// The two-sided probability of a mean at least as far from 0 if the figures came from around 0, by Student's distribution; nil
  /// for a single figure, and for several that are all the same.
  public var probabilityOfNone: Double? {
    guard let deviation, mean != 0 else { return count > 1 ? 1 : nil }
    guard deviation > 1e-9 * abs(mean) else { return nil }
    let t = abs(mean) / deviation * Double(count).squareRoot()
    let degrees = count - 1
    return max(0, 1 - Self.within(angle: atan(t / Double(degrees).squareRoot()), degrees: degrees))
  }

  /// How far to each side of 0 a share of Student's distribution lies.
  ///
  /// - Parameters:
  ///   - share: between 0 and 1.
  ///   - degrees: of freedom, at least 1.
  public static func quantile(share: Double = 0.95, degrees: Int) -> Double {
    // Half the circle is all numbers; its halves are halved until a double tells them apart no more.
    var (low, high) = (0.0, Double.pi / 2)
    while true {
      let middle = (low + high) / 2
      guard middle > low, middle < high else { return tan(middle) * Double(degrees).squareRoot() }
      if within(angle: middle, degrees: degrees) < share { low = middle } else { high = middle }
    }
  }

  /// The share of Student's distribution within the tangent of an angle times the root of the degrees of freedom (Abramowitz
  /// and Stegun, 1964, 26.7.3 and 26.7.4).
  private static func within(angle: Double, degrees: Int) -> Double {
    let square = cos(angle) * cos(angle)
    let isOdd = degrees % 2 == 1
    var (term, sum) = (isOdd ? cos(angle) : 1, 0.0)
    for k in stride(from: isOdd ? 1 : 0, to: degrees - 1, by: 2) {
      sum += term
      term *= square * Double(k + 1) / Double(k + 2)
    }
    return isOdd ? (angle + sin(angle) * sum) * 2 / .pi : sin(angle) * sum
  }
}
