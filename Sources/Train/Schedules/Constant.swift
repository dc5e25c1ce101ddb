// What Schedule asks for is described there.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// The same learning rate throughout.
public struct Constant: Schedule {
  /// The rate.
  public var peak: Double

  /// Makes the schedule.
  public init(peak: Double) { self.peak = peak }

  /// The same for every step.
  public func rate(at place: SchedulePlace) -> Double { peak }
}
