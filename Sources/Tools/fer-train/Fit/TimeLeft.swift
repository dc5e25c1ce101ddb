import FermFormat
import FermRuntime
import FermTrain

/// How long a run will still take: what steps and validations of each size took, times those that are to come.
struct TimeLeft {
  /// Seconds, as the last ones took.
  private struct Mean {
    private(set) var seconds = 0.0
    private(set) var count = 0.0

    mutating func add(_ value: Double) {
      count += 1
      // The first one also makes its memory.
      seconds = count <= 2 ? value : seconds + (value - seconds) * max(1 / (count - 1), 0.05)
    }
  }

  private let settings: TrainingSettings
  private let method: any GradientMethod
  private let own: Preprocessing
  private let steps: (main: Int, final: Int)
  /// Views in a validation, and in a step.
  private let views: (validation: Int, step: Int)
  private var step: [Int: Mean] = [:]
  private var validation: [Int: Mean] = [:]
  /// What comes after the running epoch, by its side: passes over batches, and epochs; and for which epoch that was counted.
  private var later: (epoch: Int, finalFrom: Int?, counts: [Int: (passes: Int, epochs: Int)]) = (-1, nil, [:])

  init(
    _ settings: TrainingSettings, _ method: any GradientMethod, _ own: Preprocessing, _ faces: TrainingFaces
  ) {
    self.settings = settings
    self.method = method
    self.own = own
    let all = faces.train.count + (settings.final.takesValidation ? faces.validation.count : 0)
    func steps(_ count: Int) -> Int { count / max(1, min(settings.batch, count)) }
    self.steps = (steps(faces.train.count), steps(all))
    let crops: Int
    switch settings.views {
    case .none: crops = 1
    case .flip: crops = 2
    case .ten: crops = 10
    }
    views = (faces.validation.count * crops, settings.batch * settings.augmentation.crops.count)
  }

  /// Steps of the whole run.
  var allSteps: Int { settings.epochs * steps.main + settings.final.epochs * steps.final }

  /// The side of the crops in an epoch from 0.
  private func side(_ epoch: Int, _ finalFrom: Int?) -> Int {
    epoch >= finalFrom ?? settings.epochs
      ? own.cropped.height : settings.preprocessing(epoch: epoch, of: own).cropped.height
  }

  /// How often a step of an epoch goes over its batch.
  private func passes(_ epoch: Int, _ finalFrom: Int?) -> Int {
    let isFinal = epoch >= finalFrom ?? settings.epochs
    return method.passes(progress: isFinal ? 1 : Double(epoch) / Double(max(settings.epochs, 1)))
  }

  /// Takes a step's time down.
  mutating func stepDone(_ epoch: Int, _ finalFrom: Int?, seconds: Double) {
    step[side(epoch, finalFrom), default: Mean()].add(seconds / Double(passes(epoch, finalFrom)))
  }

  /// Takes down what an epoch took after its last step.
  mutating func validationDone(_ epoch: Int, _ finalFrom: Int?, seconds: Double) {
    validation[side(epoch, finalFrom), default: Mean()].add(seconds)
  }

  /// Seconds of a step in an epoch.
  func stepSeconds(_ epoch: Int, _ finalFrom: Int?) -> Double {
    (Self.estimate(step, side(epoch, finalFrom)) ?? 0) * Double(passes(epoch, finalFrom))
  }

  /// Seconds to the end of the run.
  ///
  /// - Parameters:
  ///   - epoch: the running one, from 0.
  ///   - done: its steps so far.
  ///   - validated: the share of its validation that is done.
  mutating func seconds(_ epoch: Int, _ finalFrom: Int?, done: Int, validated: Double = 0) -> Double {
    if later.epoch != epoch || later.finalFrom != finalFrom { count(epoch, finalFrom) }
    let now = side(epoch, finalFrom)
    let isFinal = epoch >= finalFrom ?? settings.epochs
    var left = Double((isFinal ? steps.final : steps.main) - done) * stepSeconds(epoch, finalFrom)
    left += (1 - validated) * validationSeconds(now)
    for (side, count) in later.counts {
      left += Double(count.passes) * (Self.estimate(step, side) ?? 0)
      left += Double(count.epochs) * validationSeconds(side)
    }
    return left
  }

  private mutating func count(_ epoch: Int, _ finalFrom: Int?) {
    later = (epoch, finalFrom, [:])
    let start = finalFrom ?? settings.epochs
    for next in (epoch + 1)..<max(epoch + 1, start + settings.final.epochs) {
      let steps = next >= start ? steps.final : steps.main
      let side = side(next, finalFrom)
      later.counts[side, default: (0, 0)].passes += steps * passes(next, finalFrom)
      later.counts[side, default: (0, 0)].epochs += 1
    }
  }

  private func validationSeconds(_ side: Int) -> Double {
    if let known = Self.estimate(validation, side) { return known }
    // The forward pass is a third of a step.
    let face = (Self.estimate(step, side) ?? 0) / Double(max(views.step, 1)) / 3
    return face * Double(views.validation)
  }

  /// What was measured at this side, or at another one and goes with the area.
  private static func estimate(_ measured: [Int: Mean], _ side: Int) -> Double? {
    if let own = measured[side] { return own.seconds }
    guard let near = measured.min(by: { abs($0.key - side) < abs($1.key - side) }) else { return nil }
    let ratio = Double(side) / Double(max(near.key, 1))
    return near.value.seconds * ratio * ratio
  }

  /// A time for people: `about 12 days`.
  static func words(_ seconds: Double) -> String {
    let minutes = seconds / 60
    if minutes < 90 { return "about \(Int(minutes.rounded(.up))) minutes" }
    if minutes < 48 * 60 { return "about \(Int((minutes / 60).rounded())) hours" }
    return "about \(Int((minutes / 60 / 24).rounded())) days"
  }
}
