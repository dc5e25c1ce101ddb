import FermFormat
import FermRuntime
import FermTrain
import Foundation

/// Temperature scaling of model files.
enum Calibration {
  /// Fits on these faces, one centre crop each.
  static func fit(_ model: Model, _ set: FaceSet, _ workers: Workers) throws(TrainError) -> TemperatureFit {
    let logits = try TrainTool.naming(model.name) { () throws(FormatError) in
      try Evaluation.logits(try Plan(model), on: set, views: .none, threads: workers.count)
    }
    return TemperatureFit(logits: logits, labels: set.labels, classes: model.labels.names.count)
  }

  /// Writes the temperature down, and how it was found.
  static func store(_ fit: TemperatureFit, in model: inout Model, split: String) {
    model.labels.temperature = fit.temperature
    model.provenance["calibration.split"] = .string(split)
    model.provenance["calibration.ece"] = .real(fit.after.calibrationError)
    model.provenance["calibration.ece.before"] = .real(fit.before.calibrationError)
    model.provenance["calibration.loss"] = .real(fit.after.loss)
    model.provenance["calibration.loss.before"] = .real(fit.before.loss)
    model.provenance["calibration.method"] = .string("temperature; ece and loss by 5 folds")
  }

  /// One line for people.
  static func summary(_ fit: TemperatureFit, _ split: String) -> String {
    func four(_ value: Double) -> String { String(format: "%.4f", value) }
    return
      "temperature \(String(format: "%.3f", fit.temperature)), fitted on \(split): ECE \(four(fit.before.calibrationError)) -> \(four(fit.after.calibrationError)), loss \(four(fit.before.loss)) -> \(four(fit.after.loss)) (5 folds)"
  }
}
