internal import Foundation

/// What a learning-rate range test found (Smith, arXiv:1506.01186): the loss of each step while the rate rises exponentially.
///
/// The loss of a step is that of its batch alone, so it is smoothed: by a line fitted to the steps around each step.
public struct RateTest: Sendable {
  /// One step.
  public struct Point: Equatable, Sendable {
    /// The step's learning rate.
    public let rate: Double
    /// The mean loss of its batch, before the step changed the weights.
    public let loss: Double
    /// The smoothed loss.
    public let smoothed: Double
  }

  /// The steps whose loss is a number, by rising rate.
  public let points: [Point]
  /// The rate at which the loss was no longer a number, or had risen by half; nil where the test reached its last rate.
  public let diverged: Double?
  private let reach: Int

  /// Smooths a curve.
  ///
  /// - Parameter steps: of the whole test, however many of them were done.
  init(_ curve: [(rate: Double, loss: Double)], steps: Int, diverged: Double?) {
    let reach = Self.reach(of: steps)
    self.reach = reach
    points = curve.indices.map { i in
      let range = max(0, i - reach)...min(curve.count - 1, i + reach)
      let smoothed = Self.value(range.map { (Double($0 - i), curve[$0].loss) })
      return Point(rate: curve[i].rate, loss: curve[i].loss, smoothed: smoothed)
    }
    self.diverged = diverged
  }

  /// The rate at which the smoothed loss is smallest; nil where it falls at none.
  ///
  /// Up to here a higher rate still taught more, so this is the largest rate of a schedule that rises and falls. Where the loss
  /// falls fastest is no better place: batch norm and a few steps at nearly any rate bring most of the first fall.
  public var suggestion: Double? {
    let inner = points.dropFirst(reach)
    guard let lowest = inner.min(by: { $0.smoothed < $1.smoothed }), let first = points.first,
      lowest.smoothed < first.smoothed
    else { return nil }
    return lowest.rate
  }

  /// How many steps before and after a step have a say in its smoothed loss.
  static func reach(of steps: Int) -> Int { max(2, steps / 15) }

  /// The rate of a step from 0.
  static func rate(_ step: Int, of steps: Int, in rates: ClosedRange<Double>) -> Double {
    rates.lowerBound * pow(rates.upperBound / rates.lowerBound, Double(step) / Double(max(steps - 1, 1)))
  }

  /// The line of least squares: its value at 0.
  private static func value(_ points: [(x: Double, y: Double)]) -> Double {
    let count = Double(max(points.count, 1))
    let x = points.reduce(0) { $0 + $1.x } / count
    let y = points.reduce(0) { $0 + $1.y } / count
    let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    guard spread > 0 else { return y }
    let slope = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread
    return y - slope * x
  }
}
