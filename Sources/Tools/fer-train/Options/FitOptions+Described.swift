import FermFormat
import FermToolSupport

/// The options as a run's files state them.
extension FitOptions {
  /// The order in which files have always listed what they state; what came later follows in the order of the declarations.
  private static let order = [
    "train.network", "train.width", "train.dropout", "train.epochs", "train.batch", "train.optimizer",
    "train.learning_rate", "train.weight_decay", "train.weight_decay_on", "train.momentum", "train.schedule",
    "train.schedule.minimum", "train.schedule.period", "train.schedule.patience", "train.warmup",
    "train.clip", "train.label_smoothing", "train.mixup", "train.ema", "train.class_weights",
    "train.augmentation", "train.calm_epochs", "train.early_stop", "train.seed", "validation.crops",
    "train.schedule.factor", "train.sizes", "train.final.epochs", "train.final.learning_rate",
    "train.final.schedule", "train.final.on", "train.max_hours", "train.init", "train.teacher",
    "train.teacher.share", "train.freeze",
  ]

  /// Every setting as a provenance entry; what decides about a resume, too.
  var described: [Described] {
    let stated = FitOption.all.flatMap { $0.records(self) }
    return Self.order.flatMap { key in stated.filter { $0.key == key } }
      + stated.filter { !Self.order.contains($0.key) }
  }
}

/// A setting as files state it.
typealias Described = (key: String, value: Provenance.Value)

extension Provenance.Value {
  /// The value in JSON.
  var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .integer(let number): .int(Int(number))
    case .real(let number): .double(number)
    case .flag(let flag): .bool(flag)
    }
  }

  /// The value as text.
  var text: String {
    switch self {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    }
  }
}
