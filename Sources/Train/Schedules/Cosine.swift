internal import Foundation

/// Half a cosine wave from the peak to the minimum, once or again and again (Loshchilov and Hutter, 2017).
struct Cosine: Schedule {
  static let kind = ScheduleKind(name: "cosine", takes: [.minimum, .period]) {
    Cosine(peak: $0.peak, minimum: $0.minimum, period: $0.period, restarts: false)
  }
  static let restarts = ScheduleKind(name: "restarts", takes: [.minimum, .period]) {
    Cosine(
      peak: $0.peak, minimum: $0.minimum, period: $0.period > 0 ? $0.period : 10, restarts: true)
  }

  let peak: Double
  let minimum: Double
  /// Epochs from peak to minimum; 0 is the whole run.
  let period: Double
  /// Whether the rate jumps back to the peak; without it, a period shorter than the run climbs back as it fell, as
  /// PyTorch's does.
  let restarts: Bool

  func rate(at place: SchedulePlace) -> Double {
    let share = period > 0 ? place.epochs / period : place.step / max(place.steps, 1)
    let phase = restarts ? share - share.rounded(.down) : share
    return minimum + (peak - minimum) * (1 + cos(.pi * phase)) / 2
  }
}
