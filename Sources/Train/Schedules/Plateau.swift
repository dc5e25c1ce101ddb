/// Falls by a factor when the validation has not become better for more than `patience` epochs.
///
/// As in PyTorch, better means by more than a ten-thousandth of the best score.
public struct Plateau: Schedule {
  /// The rate that nothing falls below.
  public let minimum: Double
  /// What the rate is multiplied by when it falls.
  public let factor: Double
  /// Epochs without anything better that it waits.
  public let patience: Int
  private var current: Double
  private var best = -Double.infinity
  private var badEpochs = 0

  /// Makes the schedule.
  public init(peak: Double, minimum: Double = 0, factor: Double = 0.75, patience: Int = 5) {
    self.minimum = minimum
    self.factor = factor
    self.patience = patience
    current = peak
  }

  /// The rate as it is now, wherever the step is.
  public func rate(at place: SchedulePlace) -> Double { current }

  /// Lowers the rate after more than ``patience`` epochs without a better score.
  public mutating func epochEnded(score: Double) {
    if best == -.infinity || score > best * (1 + 1e-4) {
      best = score
      badEpochs = 0
    } else {
      badEpochs += 1
    }
    guard badEpochs > patience else { return }
    current = max(minimum, current * factor)
    badEpochs = 0
  }

  /// The rate, the best score, and the epochs since.
  public var memory: [Double] {
    get { [current, best, Double(badEpochs)] }
    set {
      guard newValue.count == 3 else { return }
      (current, best, badEpochs) = (newValue[0], newValue[1], Int(newValue[2]))
    }
  }
}
