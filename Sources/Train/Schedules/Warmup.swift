/// A straight rise from near zero to the first rate of the schedule that follows, which then has the rest of the run.
public struct Warmup: Schedule {
  /// The schedule that follows.
  public var after: any Schedule
  /// Epochs of the rise.
  public let epochs: Double

  /// Makes the schedule.
  public init(after: any Schedule, epochs: Double) {
    self.after = after
    self.epochs = epochs
  }

  /// A rising share of the first rate, then that of the schedule that follows.
  public func rate(at place: SchedulePlace) -> Double {
    let rise = min(epochs * place.epochSteps, place.steps)
    let rest = SchedulePlace(
      step: max(0, place.step - rise), steps: max(1, place.steps - rise), epochSteps: place.epochSteps)
    let rate = after.rate(at: rest)
    return place.step < rise ? rate * (place.step + 1) / (rise + 1) : rate
  }

  /// Passes the score on.
  public mutating func epochEnded(score: Double) { after.epochEnded(score: score) }

  /// That of the schedule that follows.
  public var memory: [Double] {
    get { after.memory }
    set { after.memory = newValue }
  }
}
