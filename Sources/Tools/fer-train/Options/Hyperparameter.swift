/// A number that some optimisers or schedules take: its option, range, help and place in files, declared once below. What it
/// is where the user does not say stands with each of those that take it.
struct Hyperparameter: Sendable {
  let option: String
  let word: String
  let range: ClosedRange<Double>
  var isWhole = false
  /// Whether it is computed with in single precision.
  var isSingle = false
  /// What 0 means, for the help.
  var zero: String?
  /// What it is; `{of}` stands for all that take it, with what it is in each where that differs.
  let help: String
  let key: String
  let recorded: Recorded

  /// When a run's files state it.
  enum Recorded: Sendable {
    /// Always, and with this value where the user does not say.
    case always(Double)
    /// Where the user says.
    case whenGiven
    /// Where it is not what the optimiser or schedule has anyhow.
    case whenOther
  }

  static let momentum = Hyperparameter(
    option: "--momentum", word: "X", range: 0...0.9999, isSingle: true, help: "of {of}",
    key: "train.momentum",
    recorded: .always(0.9))
  static let beta1 = Hyperparameter(
    option: "--beta1", word: "X", range: 0...0.9999, help: "decay of the mean gradient in {of}",
    key: "train.beta1", recorded: .whenOther)
  static let beta2 = Hyperparameter(
    option: "--beta2", word: "X", range: 0...0.999999, help: "decay of the mean squared gradient in {of}",
    key: "train.beta2", recorded: .whenOther)
  static let rho = Hyperparameter(
    option: "--rho", word: "X", range: 0...0.9999, help: "decay of the mean squares in {of}",
    key: "train.rho", recorded: .whenOther)
  static let epsilon = Hyperparameter(
    option: "--epsilon", word: "X", range: 1e-20...1, help: "keeps divisions finite: {of}",
    key: "train.epsilon", recorded: .whenOther)

  static let minimum = Hyperparameter(
    option: "--min-lr", word: "X", range: 0...1000, help: "the lowest rate of {of}",
    key: "train.schedule.minimum", recorded: .always(0))
  static let period = Hyperparameter(
    option: "--period", word: "E", range: 1...100_000, zero: "the whole run",
    help: "epochs in a fall or a round: {of}",
    key: "train.schedule.period", recorded: .always(0))
  static let factor = Hyperparameter(
    option: "--factor", word: "X", range: 0.001...0.999, help: "what a fall multiplies the rate by: {of}",
    key: "train.schedule.factor", recorded: .whenGiven)
  static let patience = Hyperparameter(
    option: "--patience", word: "N", range: 0...100_000, isWhole: true,
    help: "epochs without improvement before {of} acts", key: "train.schedule.patience", recorded: .always(5))
}
