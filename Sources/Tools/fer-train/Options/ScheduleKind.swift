import FermTrain

/// A schedule by name.
struct ScheduleKind: NamedKind {
  static let option = "--schedule"

  let name: String
  /// Whether it goes by how good the validation is.
  var followsValidation = false
  var takes: KeyValuePairs<Hyperparameter, Double> = [:]
  /// Makes the schedule from its largest rate and the values of what it takes.
  let make: @Sendable (_ peak: Double, _ value: (Hyperparameter) -> Double) -> any Schedule

  /// Every schedule that `--schedule` knows; a new one is one file in FermTrain and one entry here.
  static let all = [
    ScheduleKind(name: "cosine", takes: [.minimum: 0, .period: 0]) {
      Cosine(peak: $0, minimum: $1(.minimum), period: $1(.period))
    },
    ScheduleKind(name: "restarts", takes: [.minimum: 0, .period: 10]) {
      Cosine(peak: $0, minimum: $1(.minimum), period: $1(.period), restarts: true)
    },
    ScheduleKind(name: "plateau", followsValidation: true, takes: [.minimum: 0, .factor: 0.75, .patience: 5])
    {
      Plateau(peak: $0, minimum: $1(.minimum), factor: $1(.factor), patience: Int($1(.patience)))
    },
    ScheduleKind(name: "step", takes: [.minimum: 0, .period: 20, .factor: 0.5]) {
      StepDecay(peak: $0, minimum: $1(.minimum), period: $1(.period), factor: $1(.factor))
    },
    ScheduleKind(name: "one-cycle") { peak, _ in OneCycle(peak: peak) },
    ScheduleKind(name: "constant") { peak, _ in Constant(peak: peak) },
  ]

  /// The schedule, with what the user says of its hyperparameters.
  func schedule(peak: Double, _ given: [String: Double]) -> any Schedule {
    make(peak) { value($0, given) }
  }
}
