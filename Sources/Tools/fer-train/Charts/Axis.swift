import Foundation

/// Round numbers along an axis that holds all of some values.
struct Axis {
  let low: Double
  let high: Double
  private let step: Double

  /// An axis with at most `most` steps within the values.
  init(_ values: [Double], most: Double = 6) {
    let (least, largest) = (values.min() ?? 0, values.max() ?? 1)
    // A step must make a difference to the numbers that it is added to.
    let span = max(largest - least, 1e-6 * max(least.magnitude, largest.magnitude), 1e-9)
    step = Self.round(span / most)
    low = (least / step).rounded(.down) * step
    high = max((largest / step).rounded(.up) * step, low + step)
  }

  /// The round numbers with their words.
  var ticks: [(value: Double, words: String)] {
    (0...Int(((high - low) / step).rounded())).map { place in
      let value = low + Double(place) * step
      return (value, words(abs(value) < step / 2 ? 0 : value))
    }
  }

  private func words(_ value: Double) -> String {
    guard step >= 1e-5 else { return String(format: "%.3g", value) }
    return String(format: "%.\(max(0, Int(-log10(step * 1.0001).rounded(.down))))f", value)
  }

  /// Which of so many epochs have a tick: the first, and the multiples of a round number.
  static func epochs(_ count: Int, most: Int = 10) -> [Int] {
    let every = max(1, Int(round(Double(count) / Double(most))))
    guard every > 1 else { return Array(1...max(count, 1)) }
    return [1] + stride(from: every, through: count, by: every).filter { $0 * 2 > every + 2 }
  }

  /// The least of 1, 2, 5 and 10 times a power of ten that is not below a number.
  private static func round(_ number: Double) -> Double {
    let power = pow(10, log10(number).rounded(.down))
    return ([1, 2, 5].map { $0 * power }.first { $0 >= number * (1 - 1e-9) }) ?? power * 10
  }
}
