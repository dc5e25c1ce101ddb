import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

extension FitOption {
  /// How training faces are varied, and which views validation takes.
  static let augmenting: [FitOption] = [
    range(
      "--scale", in: 0.05...4, \.settings.augmentation.scale, reference: Augmentation.reference.scale,
      help: "the kept part's share of the area"
    ).recordingAugmentation,
    range(
      "--ratio", in: 0.2...5, \.settings.augmentation.ratio, reference: Augmentation.reference.ratio,
      help: "its width over height"),
    chance(
      "--shift", "X", most: 0.9, \.settings.augmentation.shift, reference: Augmentation.reference.shift,
      help: "shift by up to a share X of the side, with probability P"),
    word(
      "--flip", \.settings.augmentation.flip, reference: Augmentation.reference.flip, help: ": mirror images"),
    chance(
      "--rotate", "DEGREES", most: 180, \.settings.augmentation.rotation,
      reference: Augmentation.reference.rotation, help: "rotate by up to so many, with probability P"),
    chance(
      "--small", "X", most: 0.9, \.settings.augmentation.small, reference: Augmentation.reference.small,
      help: "see the face as if up to a share X of its pixels each way were missing, with probability P"),
    chance(
      "--light", "X", most: 0.95, \.settings.augmentation.light, reference: Augmentation.reference.light,
      help: "brightness and contrast by up to a share X, with probability P"),
    value(
      "--erase", "P:A:B", \.settings.augmentation.erasing, reference: Augmentation.reference.erasing,
      help: "blank a rectangle of A to B of the area, with probability P",
      shown: { "\($0.probability.short):\($0.least.short):\($0.most.short)" }, recorded: { _ in nil }
    ) { arguments, _ in
      guard
        let erase = try arguments.numbers("--erase", names: ["PROBABILITY", "LEAST", "MOST"], in: 0...1)
      else { return nil }
      guard erase[1] <= erase[2] else { throw UsageError("--erase takes the smaller area first.") }
      return (erase[0], erase[1], erase[2])
    },
    range(
      "--erase-ratio", in: 0.05...20, \.settings.augmentation.erasingRatio,
      reference: Augmentation.reference.erasingRatio, help: "its width over height", unused: withoutErase),
    word(
      "--blank", \.settings.augmentation.blank, reference: Augmentation.reference.blank, help: ": its colour",
      unused: withoutErase),
    choice(
      "--surroundings", ["shown": true, "black": false], \.settings.augmentation.showsSurroundings,
      reference: false, help: ": what lies beyond the kept part"),
    word(
      "--beyond", \.settings.augmentation.beyond, reference: Augmentation.reference.beyond,
      help: ": what lies beyond the face's edge; with edge, --scale may keep more than the face",
      unused: {
        $0.settings.augmentation.showsSurroundings || $0.settings.augmentation.beyond == .black
          ? nil : "with --surroundings black"
      }),
    word(
      "--crops", \.settings.augmentation.crops, reference: Augmentation.reference.crops,
      help: ": one crop per face, or ten"),
    value(
      "--tta", "NAME", \.settings.views, reference: .ten, key: "validation.crops",
      help: "none, flip, ten: views of a face in validation", shown: { $0.name },
      recorded: { .string($0.name) }
    ) { arguments, _ in
      let all = TestTimeAugmentation.allCases
      return try arguments.choice("--tta", of: all.map { $0.name }).flatMap { name in
        all.first { $0.name == name }
      }
    },
  ]

  private static let withoutErase: @Sendable (FitOptions) -> String? = {
    $0.erases ? nil : "without --erase"
  }

  /// Files state all of the augmentation in one line.
  private var recordingAugmentation: FitOption {
    var copy = self
    copy.records = { [("train.augmentation", .string($0.settings.augmentation.described))] }
    return copy
  }

  /// Two numbers, the smaller one first.
  private static func range(
    _ name: String, in limits: ClosedRange<Double>, _ path: FitPath<(least: Double, most: Double)>,
    reference: (least: Double, most: Double), help: String,
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil }
  ) -> FitOption {
    value(
      name, "A:B", path, reference: reference, help: help, unused: unused,
      shown: { "\($0.least.short):\((($0.most * 1000).rounded() / 1000).short)" }, recorded: { _ in nil }
    ) { arguments, _ in
      guard let pair = try arguments.numbers(name, names: ["LEAST", "MOST"], in: limits) else { return nil }
      guard pair[0] <= pair[1] else { throw UsageError("\(name) takes the smaller number first.") }
      return (pair[0], pair[1])
    }
  }

  /// A probability, and an amount in units that `word` tells.
  private static func chance(
    _ name: String, _ word: String, most: Double, _ path: FitPath<Augmentation.Chance>,
    reference: Augmentation.Chance, help: String
  ) -> FitOption {
    value(
      name, "P:\(word)", path, reference: reference, help: help,
      shown: { "\($0.probability.short):\($0.most.short)" }, recorded: { _ in nil }
    ) { arguments, _ in
      guard let pair = try arguments.numbers(name, names: ["PROBABILITY", "MOST"], in: 0...max(most, 1))
      else {
        return nil
      }
      guard pair[0] <= 1, pair[1] <= most else {
        throw UsageError("\(name) takes a probability up to 1 and an amount up to \(most).")
      }
      return Augmentation.Chance(pair[0], pair[1])
    }
  }

  /// One of the cases of a type.
  private static func word<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: FitPath<Value>, reference: Value, help: String,
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil }
  ) -> FitOption {
    let names = Value.allCases.map { $0.rawValue }
    return value(
      name, "NAME", path, reference: reference, help: names.joined(separator: ", ") + help, unused: unused,
      shown: { $0.rawValue }, recorded: { _ in nil }
    ) { arguments, _ in try arguments.choice(name, of: names).flatMap { Value(rawValue: $0) } }
  }
}
