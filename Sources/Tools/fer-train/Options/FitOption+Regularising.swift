import FermFormat
import FermToolSupport
import FermTrain

extension FitOption {
  /// What keeps a network from learning its faces by heart, beside varied faces.
  static let regularising: [FitOption] = [
    single(
      "--label-smoothing", "X", in: 0...0.9, \.settings.smoothing, reference: 0, key: "train.label_smoothing",
      help: "share of a label spread over all"),
    value(
      "--mixup", "P:ALPHA", \.settings.mixup, key: "train.mixup",
      help: "mix the faces of a step, with probability P",
      shown: { "\($0.probability.short):\($0.alpha.short)" },
      recorded: { .string("\($0.probability):\($0.alpha)") }
    ) { arguments, _ in try blending("--mixup", arguments) },
    value(
      "--cutmix", "P:ALPHA", \.settings.cutmix, key: "train.cutmix",
      help: "put rectangles of a step's faces into others, with probability P",
      shown: { "\($0.probability.short):\($0.alpha.short)" },
      // A file without this entry is of a run without, as all were before there was the option.
      recorded: { $0.probability == 0 ? nil : .string("\($0.probability):\($0.alpha)") }
    ) { arguments, options in
      guard let cutmix = try blending("--cutmix", arguments) else { return nil }
      guard options.settings.mixup.probability + cutmix.probability <= 1 else {
        throw UsageError("The probabilities of --mixup and --cutmix come to more than 1.")
      }
      return cutmix
    },
    FitOption(
      name: "--correct-labels", word: "X:FROM:DECAY",
      help:
        "from a share FROM of the run on, what the network itself has said of a face over the epochs makes up a share X of its label (temporal ensembling); DECAY of its average remains from epoch to epoch",
      usual: { "off; such as 0.4:0.3:0.9" },
      read: { arguments, options in
        guard
          let given = try arguments.numbers(
            "--correct-labels", names: ["SHARE", "FROM", "DECAY"], in: 0...1)
        else { return }
        guard given[0] > 0, given[1] < 1, given[2] < 1 else {
          throw UsageError(
            "--correct-labels takes a share above 0, and FROM and DECAY below 1, such as 0.4:0.3:0.9.")
        }
        options.settings.correction = LabelCorrection(share: given[0], from: given[1], decay: given[2])
        guard options.teachers.isEmpty || Double(options.teacherShare) + given[0] <= 1 else {
          throw UsageError("The shares of --correct-labels and --teacher-share come to more than 1.")
        }
      },
      records: { options in
        options.settings.correction.map {
          [("train.label_correction", .string("\($0.share):\($0.from):\($0.decay)"))]
        } ?? []
      }),
    choice(
      "--class-weights", ["none": false, "balanced": true], \.settings.balancesClasses,
      key: "train.class_weights", help: ": whether rare classes count more"),
    whole(
      "--calm-epochs", "N", in: 0...100_000, \.settings.calmEpochs, reference: 0, key: "train.calm_epochs",
      help: "the last N without mixup, CutMix and blanks, at most a quarter of the run",
      unused: {
        let varies = $0.erases || $0.settings.blends
        return varies || $0.settings.calmEpochs == 0 ? nil : "without --mixup, --cutmix and --erase"
      }),
    FitOption(
      name: "--sizes", word: "S@X,...", help: "sides of the crops, each to a share X of the run",
      usual: { "32@0.35,40@0.75,44; reference: 40" },
      read: { arguments, options in
        let own = options.kind.side.cropped
        if let text = arguments.string("--sizes") {
          options.settings.sizes = try FitOptions.sizes(text, of: options.kind)
        } else if options.preset == .standard {
          let smaller = [(32, 0.35), (40, 0.75)].filter { $0.0 < own && options.kind.sides.contains($0.0) }
          options.settings.sizes = smaller + [(own, 1)]
        }
      },
      records: { options in
        let sizes = options.settings.sizes
        guard !sizes.isEmpty else { return [] }
        return [
          ("train.sizes", .string(sizes.map { "\($0.side)@\($0.until)" }.joined(separator: ",")))
        ]
      }),
  ]

  /// How often a step's faces are blended, and the alpha of Beta(alpha, alpha).
  private static func blending(
    _ name: String, _ arguments: Arguments
  ) throws(UsageError) -> (probability: Double, alpha: Double)? {
    guard let pair = try arguments.numbers(name, names: ["PROBABILITY", "ALPHA"], in: 0...10) else {
      return nil
    }
    guard pair[0] <= 1, pair[1] >= 0.05 else {
      throw UsageError("\(name) takes a probability up to 1 and an alpha of at least 0.05, such as 0.5:0.2.")
    }
    return (pair[0], pair[1])
  }
}
