/// The learning rate over a run.
///
/// Most schedules are formulas of the place in the run; one that learns from the validation keeps a few numbers, which a
/// checkpoint carries in ``memory``. Give one to ``Trainer`` as it is at the start of a run.
public protocol Schedule: Sendable {
  /// The learning rate of the step at `place`.
  func rate(at place: SchedulePlace) -> Double
  /// Told the validation score after each epoch; larger is better.
  mutating func epochEnded(score: Double)
  /// What a checkpoint keeps.
  var memory: [Double] { get set }
}

extension Schedule {
  /// Most schedules do not look at scores.
  public mutating func epochEnded(score: Double) {}
  /// Most schedules remember nothing.
  public var memory: [Double] {
    get { [] }
    set {}
  }
}

/// A step's place in a run: `step` of `steps`, both counted over all epochs.
public struct SchedulePlace: Equatable, Sendable {
  /// Steps done before this one.
  public let step: Double
  /// Steps of the whole run.
  public let steps: Double
  /// Steps of one epoch.
  public let epochSteps: Double

  /// Makes a place.
  public init(step: Double, steps: Double, epochSteps: Double) {
    self.step = step
    self.steps = steps
    self.epochSteps = epochSteps
  }

  /// Epochs done, with a fraction.
  public var epochs: Double { step / epochSteps }
}
