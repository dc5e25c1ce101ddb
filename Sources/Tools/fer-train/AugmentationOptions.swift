import FermToolSupport
import FermTrain

/// The options that vary training faces.
enum AugmentationOptions {
  static func read(_ arguments: Arguments, _ preset: Augmentation) throws(UsageError) -> Augmentation {
    var a = preset
    func range(
      _ name: String, _ limits: ClosedRange<Double>, _ now: (least: Double, most: Double)
    ) throws(UsageError) -> (least: Double, most: Double) {
      guard let pair = try arguments.numbers(name, names: ["LEAST", "MOST"], in: limits) else { return now }
      guard pair[0] <= pair[1] else { throw UsageError("\(name) wants the smaller number first.") }
      return (pair[0], pair[1])
    }
    func chance(
      _ name: String, _ most: Double, _ now: Augmentation.Chance
    ) throws(UsageError) -> Augmentation.Chance {
      guard let pair = try arguments.numbers(name, names: ["PROBABILITY", "MOST"], in: 0...max(most, 1))
      else {
        return now
      }
      guard pair[0] <= 1, pair[1] <= most else {
        throw UsageError("\(name) wants a probability up to 1 and an amount up to \(most).")
      }
      return Augmentation.Chance(pair[0], pair[1])
    }
    a.scale = try range("--scale", 0.05...4, a.scale)
    a.ratio = try range("--ratio", 0.2...5, a.ratio)
    a.shift = try chance("--shift", 0.9, a.shift)
    a.rotation = try chance("--rotate", 180, a.rotation)
    a.light = try chance("--light", 0.95, a.light)
    a.erasingRatio = try range("--erase-ratio", 0.05...20, a.erasingRatio)
    if let erase = try arguments.numbers("--erase", names: ["PROBABILITY", "LEAST", "MOST"], in: 0...1) {
      guard erase[1] <= erase[2] else { throw UsageError("--erase wants the smaller area first.") }
      a.erasing = (erase[0], erase[1], erase[2])
    }
    func word<T: RawRepresentable & CaseIterable>(
      _ name: String, _ now: T
    ) throws(UsageError) -> T where T.RawValue == String {
      try arguments.choice(name, of: T.allCases.map { $0.rawValue }).flatMap { T(rawValue: $0) } ?? now
    }
    a.flip = try word("--flip", a.flip)
    a.crops = try word("--crops", a.crops)
    a.blank = try word("--blank", a.blank)
    if let text = try arguments.choice("--surroundings", of: ["shown", "black"]) {
      a.showsSurroundings = text == "shown"
    }
    return a
  }
}
