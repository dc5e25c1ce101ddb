internal import Foundation

/// Falls by a factor every so many epochs.
public struct StepDecay: Schedule {
  /// The rate at the start.
  public var peak: Double
  /// The rate that nothing falls below.
  public var minimum: Double
  /// Epochs from fall to fall.
  public var period: Double
  /// What the rate is multiplied by when it falls.
  public var factor: Double

  /// Makes the schedule.
  public init(peak: Double, minimum: Double = 0, period: Double = 20, factor: Double = 0.5) {
    self.peak = peak
    self.minimum = minimum
    self.period = period
    self.factor = factor
  }

  /// The rate after the falls of all full periods, at least ``minimum``.
  public func rate(at place: SchedulePlace) -> Double {
    // A whole number of epochs must not come out just below itself.
    max(minimum, peak * pow(factor, ((place.epochs + 1e-9) / period).rounded(.down)))
  }
}
