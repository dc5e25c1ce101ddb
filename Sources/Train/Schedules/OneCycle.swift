internal import Foundation

/// Up from a 25th of the peak over the first 30 % of the steps, then down to nearly nothing, both by half a cosine wave
/// (Smith and Topin, 2018; PyTorch's constants).
public struct OneCycle: Schedule {
  /// The largest rate.
  public var peak: Double

  /// Makes the schedule.
  public init(peak: Double) { self.peak = peak }

  /// The rate on the way up or down; the peak is reached after 30 % of the steps.
  public func rate(at place: SchedulePlace) -> Double {
    let (start, top, last) = (peak / 25, 0.3 * place.steps - 1, place.steps - 1)
    let end = start / 1e4
    func between(_ a: Double, _ b: Double, _ share: Double) -> Double {
      b + (a - b) / 2 * (1 + cos(.pi * min(max(share, 0), 1)))
    }
    if place.step <= top { return between(start, peak, place.step / max(top, 1e-9)) }
    return between(peak, end, (place.step - top) / max(last - top, 1e-9))
  }
}
