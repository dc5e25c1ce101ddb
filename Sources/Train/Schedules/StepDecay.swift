internal import Foundation

/// Falls by a factor every so many epochs.
struct StepDecay: Schedule {
  static let kind = ScheduleKind(name: "step", takes: [.minimum, .period, .factor]) {
    StepDecay(
      peak: $0.peak, minimum: $0.minimum, period: $0.period > 0 ? $0.period : 20, factor: $0.factor ?? 0.5)
  }

  let peak: Double
  let minimum: Double
  let period: Double
  let factor: Double

  func rate(at place: SchedulePlace) -> Double {
    // A whole number of epochs must not come out just below itself.
    max(minimum, peak * pow(factor, ((place.epochs + 1e-9) / period).rounded(.down)))
  }
}
