internal import Foundation

/// Half a cosine wave from the peak to the minimum, once or again and again (Loshchilov and Hutter, 2017).
public struct Cosine: Schedule {
  /// The largest rate.
  public var peak: Double
  /// The least rate.
  public var minimum: Double
  /// Epochs from peak to minimum; 0 is the whole run.
  public var period: Double
  /// Whether the rate jumps back to the peak; without it, a period shorter than the run climbs back as it fell, as
  /// PyTorch's does.
  public var restarts: Bool

  /// Makes the schedule.
  public init(peak: Double, minimum: Double = 0, period: Double = 0, restarts: Bool = false) {
    self.peak = peak
    self.minimum = minimum
    self.period = period
    self.restarts = restarts
  }

  /// The rate on the wave, between ``peak`` and ``minimum``.
  public func rate(at place: SchedulePlace) -> Double {
    let share = period > 0 ? place.epochs / period : place.step / max(place.steps, 1)
    let phase = restarts ? share - share.rounded(.down) : share
    return minimum + (peak - minimum) * (1 + cos(.pi * phase)) / 2
  }
}
