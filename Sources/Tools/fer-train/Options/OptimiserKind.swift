import FermTrain

/// An optimiser by name.
struct OptimiserKind: NamedKind {
  static let option = "--optimizer"

  let name: String
  /// The learning rate where the user names none.
  let learningRate: Double
  var takes: KeyValuePairs<Hyperparameter, Double> = [:]
  /// Makes the rule from the values of what it takes.
  let make: @Sendable (_ value: (Hyperparameter) -> Double) -> any UpdateRule

  /// Every optimiser that `--optimizer` knows; a new one is one file in FermTrain and one entry here.
  static let all = [
    OptimiserKind(name: "nesterov", learningRate: 0.05, takes: [.momentum: 0.9]) {
      SGD(momentum: Float($0(.momentum)), isNesterov: true)
    },
    OptimiserKind(name: "sgd", learningRate: 0.02, takes: [.momentum: 0.9]) {
      SGD(momentum: Float($0(.momentum)), isNesterov: false)
    },
    OptimiserKind(name: "asgd", learningRate: 0.02) { _ in AveragedSGD() },
    OptimiserKind(name: "adam", learningRate: 0.001, takes: adam) {
      Adam(betas: ($0(.beta1), $0(.beta2)), epsilon: Float($0(.epsilon)))
    },
    OptimiserKind(name: "amsgrad", learningRate: 0.001, takes: adam) {
      Adam(betas: ($0(.beta1), $0(.beta2)), epsilon: Float($0(.epsilon)), keepsLargest: true)
    },
    OptimiserKind(name: "adamw", learningRate: 0.001, takes: adam) {
      Adam(betas: ($0(.beta1), $0(.beta2)), epsilon: Float($0(.epsilon)), isDecoupled: true)
    },
    OptimiserKind(name: "adagrad", learningRate: 0.01, takes: [.epsilon: 1e-10]) {
      Adagrad(epsilon: Float($0(.epsilon)))
    },
    OptimiserKind(name: "adadelta", learningRate: 1, takes: [.rho: 0.9, .epsilon: 1e-6]) {
      Adadelta(rho: Float($0(.rho)), epsilon: Float($0(.epsilon)))
    },
    OptimiserKind(name: "lamb", learningRate: 0.01, takes: [.beta1: 0.9, .beta2: 0.999, .epsilon: 1e-6]) {
      LAMB(betas: ($0(.beta1), $0(.beta2)), epsilon: Float($0(.epsilon)))
    },
  ]

  private static let adam: KeyValuePairs<Hyperparameter, Double> = [
    .beta1: 0.9, .beta2: 0.999, .epsilon: 1e-8,
  ]

  /// The rule, with what the user says of its hyperparameters.
  func rule(_ given: [String: Double]) -> any UpdateRule { make { value($0, given) } }
}
