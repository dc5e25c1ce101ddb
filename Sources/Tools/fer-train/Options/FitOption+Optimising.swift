import FermFormat
import FermToolSupport
import FermTrain

extension FitOption {
  /// How gradients change the weights.
  static let optimising: [FitOption] =
    [
      kind("--optimizer", \.optimiser, key: "train.optimizer", change: { $1.peak = $0.learningRate }),
      number(
        "--lr", "X", in: 1e-9...1000, \.peak, reference: 0.01, usual: "\(usualRates); reference: 0.01",
        key: "train.learning_rate", help: "the largest rate"),
    ]
    + OptimiserKind.hyperparameters.map { hyperparameter($0, of: OptimiserKind.self) { [$0.optimiser] } }
    + [
      single(
        "--weight-decay", "X", in: 0...1, \.settings.decay.factor, reference: 1e-4, key: "train.weight_decay",
        help: ""),
      choice(
        "--decay-on", ["all": true, "weights": false], \.settings.decay.onAll, reference: true,
        key: "train.weight_decay_on", help: ": whether biases and norms decay too"),
      FitOption(
        name: "--sam", word: "RHO",
        help:
          "sharpness-aware minimisation: gradients are taken RHO away, uphill; each step takes twice as long",
        usual: { "0, off" },
        read: { arguments, options in
          guard let rho = try arguments.number("--sam", in: 0...10), rho > 0 else { return }
          options.method = SAM(rho: rho)
        }, records: { ($0.method as? SAM).map { [("train.sam", .real($0.rho))] } ?? [] }),
      FitOption(
        name: "--sam-from", word: "X", help: "only from a share X of the run on: 0.67 is its last third",
        usual: { "0" },
        read: { arguments, options in
          guard let start = try arguments.number("--sam-from", in: 0...0.999) else { return }
          guard let sam = options.method as? SAM else { throw UsageError("--sam-from needs --sam RHO.") }
          options.method = SAM(rho: sam.rho, from: start)
        },
        // A file without this entry is of a run from whose beginning on it was, as all were before there was the option.
        records: {
          guard let sam = $0.method as? SAM, sam.start > 0 else { return [] }
          return [("train.sam.from", .real(sam.start))]
        }),
      number(
        "--clip", "X", in: 0...1e9, \.settings.clip, zero: "no limit", key: "train.clip",
        help: "the largest norm of the gradient"),
      number(
        "--ema", "X", in: 0...0.999999, \.settings.average, reference: 0, zero: "none", key: "train.ema",
        help: "decay of the weights' average",
        unused: {
          $0.rule.averages
            ? "with --optimizer \($0.optimiser.name), which keeps an average of its own" : nil
        }),
    ]

  /// `nesterov 0.05; sgd, asgd 0.02`.
  private static var usualRates: String {
    OptimiserKind.grouped { $0.learningRate }.map { rate, names in
      "\(names.joined(separator: ", ")) \(rate.short)"
    }.joined(separator: "; ")
  }

  /// The learning rate over the run, and its length.
  static let scheduling: [FitOption] =
    [
      kind("--schedule", \.schedule, reference: "plateau", key: "train.schedule"),
      number(
        "--warmup", "E", in: 0...10_000, \.warmup, reference: 0, key: "train.warmup",
        help: "epochs with a rising rate before it"),
    ]
    + ScheduleKind.hyperparameters.map { hyperparameter($0, of: ScheduleKind.self) { $0.schedules } }
    + [
      whole(
        "--early-stop", "N", in: 0...100_000, \.settings.earlyStop, zero: "never", key: "train.early_stop",
        help: "stop after N epochs without improvement"),
      whole(
        "--final-epochs", "N", in: 0...100_000, \.settings.final.epochs, reference: 50,
        key: "train.final.epochs", help: "then N epochs from the best weights"
      ).ofFinalStage,
      number(
        "--final-lr", "X", in: 1e-9...1000, \.finalPeak, key: "train.final.learning_rate",
        help: "their largest rate", unused: withoutFinalStage
      ).ofFinalStage,
      kind(
        "--final-schedule", \.finalSchedule, key: "train.final.schedule", help: "any of these",
        unused: withoutFinalStage
      ).ofFinalStage,
      choice(
        "--final-on", ["training": false, "all": true], \.settings.final.takesValidation,
        key: "train.final.on", stated: ["training", "training and validation"],
        help: ": whether validation faces train in them", unused: withoutFinalStage
      ).ofFinalStage,
    ]

  private static let withoutFinalStage: @Sendable (FitOptions) -> String? = {
    $0.settings.final.epochs == 0 ? "without --final-epochs" : nil
  }

  /// The same, stated in the files of runs that have a final stage.
  private var ofFinalStage: FitOption {
    var copy = self
    copy.records = { [records] in $0.settings.final.epochs > 0 ? records($0) : [] }
    return copy
  }
}
