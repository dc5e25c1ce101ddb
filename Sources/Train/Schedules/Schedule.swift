/// The learning rate over a run.
///
/// Most schedules are formulas of the place in the run; one that learns from the validation keeps a few numbers, which a
/// checkpoint carries in ``memory``.
public protocol Schedule {
  /// The learning rate of the step at `place`.
  func rate(at place: SchedulePlace) -> Double
  /// Told the validation score after each epoch; larger is better.
  mutating func epochEnded(score: Double)
  /// What a checkpoint keeps.
  var memory: [Double] { get set }
}

extension Schedule {
  public mutating func epochEnded(score: Double) {}
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
  var epochs: Double { step / epochSteps }
}

/// What schedules can be told; each uses what concerns it.
public struct ScheduleSettings: Sendable {
  /// The largest learning rate.
  public var peak: Double
  /// The rate that nothing falls below.
  public var minimum = 0.0
  /// Epochs after which `step` falls, in which `cosine` goes from peak to minimum (0: the whole run), and of the first
  /// round of `restarts`.
  public var period = 0.0
  /// What `plateau` and `step` multiply the rate by.
  public var factor: Double?
  /// Epochs without a better validation that `plateau` waits.
  public var patience = 5

  /// The settings beside the peak, which all schedules have.
  public enum Setting: Sendable {
    case minimum
    case period
    case factor
    case patience
  }

  /// Makes settings.
  public init(peak: Double) { self.peak = peak }
}

/// A schedule by name.
public struct ScheduleKind: Sendable {
  /// The name: `cosine`.
  public let name: String
  /// What it uses of the settings, beside the peak.
  public var takes: Set<ScheduleSettings.Setting> = []
  /// Makes the schedule at the start of a run.
  public let make: @Sendable (_ settings: ScheduleSettings) -> any Schedule

  /// Every schedule that `--schedule` knows; a new one is one file and one line here.
  public static let all: [ScheduleKind] = [
    Cosine.kind, Cosine.restarts, Plateau.kind, StepDecay.kind, OneCycle.kind, Constant.kind,
  ]

  /// The schedule with this name.
  public static func named(_ name: String) throws(TrainError) -> ScheduleKind {
    guard let kind = all.first(where: { $0.name == name }) else {
      throw .setting(
        "There is no schedule \(name); there are \(all.map { $0.name }.joined(separator: ", ")).")
    }
    return kind
  }
}
