/// The same learning rate throughout.
public struct Constant: Schedule {
  /// The rate.
  public var peak: Double

  /// Makes the schedule.
  public init(peak: Double) { self.peak = peak }

  /// The same for every step.
  public func rate(at place: SchedulePlace) -> Double { peak }
}
