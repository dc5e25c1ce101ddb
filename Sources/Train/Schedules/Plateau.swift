/// Falls by a factor when the validation has not become better for more than `patience` epochs.
///
/// As in PyTorch, better means by more than a ten-thousandth of the best score.
struct Plateau: Schedule {
  static let kind = ScheduleKind(name: "plateau", takes: [.minimum, .factor, .patience]) {
    Plateau(peak: $0.peak, minimum: $0.minimum, factor: $0.factor ?? 0.75, patience: $0.patience)
  }

  let minimum: Double
  let factor: Double
  let patience: Int
  private var current: Double
  private var best = -Double.infinity
  private var badEpochs = 0

  init(peak: Double, minimum: Double, factor: Double, patience: Int) {
    self.minimum = minimum
    self.factor = factor
    self.patience = patience
    current = peak
  }

  func rate(at place: SchedulePlace) -> Double { current }

  mutating func epochEnded(score: Double) {
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

  var memory: [Double] {
    get { [current, best, Double(badEpochs)] }
    set {
      guard newValue.count == 3 else { return }
      (current, best, badEpochs) = (newValue[0], newValue[1], Int(newValue[2]))
    }
  }
}
