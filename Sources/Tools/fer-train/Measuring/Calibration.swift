import FermFormat
import FermRuntime
import FermTrain
import Foundation

/// Temperature scaling of model files.
enum Calibration {
  /// What a model says of these faces, in each way of looking at them: by default one centre crop.
  static func logits(
    _ model: Model, _ set: FaceSet, views: [TestTimeAugmentation] = [.none], _ workers: Workers
  ) throws(TrainError) -> [Float] {
    try TrainTool.naming(model.name) { () throws(FormatError) in
      let plan = try Plan(model)
      var logits: [Float] = []
      for views in views {
        logits += try Evaluation.logits(plan, on: set, views: views, threads: workers.count)
      }
      return logits
    }
  }

  /// Fits on the logits of these faces.
  static func fit(_ model: Model, _ logits: [Float], _ set: FaceSet) -> TemperatureFit {
    TemperatureFit(logits: logits, labels: set.labels, classes: model.labels.names.count)
  }

  /// Writes the temperature down, and how it was found; a model keeps its own when the faces are too few to tell.
  static func store(
    _ fit: TemperatureFit, in model: inout Model, split: String, views: [TestTimeAugmentation] = [.none]
  ) {
    if case .tooFew = fit.verdict { return }
    model.labels.temperature = fit.temperature
    model.provenance["calibration.split"] = .string(split)
    model.provenance["calibration.ece"] = .real(
      fit.isKept ? fit.after.calibrationError : fit.before.calibrationError)
    model.provenance["calibration.ece.before"] = .real(fit.before.calibrationError)
    model.provenance["calibration.loss"] = .real(fit.isKept ? fit.after.loss : fit.before.loss)
    model.provenance["calibration.loss.before"] = .real(fit.before.loss)
    // A file without this entry was calibrated on one centre crop, as all were before there was a choice.
    model.provenance["calibration.crops"] =
      views == [.none] ? nil : .string(views.map { $0.name }.joined(separator: ","))
    model.provenance["calibration.method"] = .string(
      fit.isKept ? "temperature; ece and loss by 5 folds" : "none; a temperature would not help")
  }

  /// One line for people.
  static func summary(_ fit: TemperatureFit, _ split: String) -> String {
    func four(_ value: Double) -> String { String(format: "%.4f", value) }
    func three(_ value: Float) -> String { String(format: "%.3f", value) }
    let figures =
      "ECE \(four(fit.before.calibrationError)) -> \(four(fit.after.calibrationError)), loss \(four(fit.before.loss)) -> \(four(fit.after.loss)) (5 folds)"
    switch fit.verdict {
    case .kept: return "temperature \(three(fit.temperature)), fitted on \(split): \(figures)"
    case .noGain:
      return
        "temperature 1, as \(three(fit.fitted)), fitted on \(split), does not make the loss smaller: \(figures)"
    case .outOfBounds:
      return
        "temperature 1, as the one fitted on \(split) runs out of bounds (\(three(fit.fitted))): \(figures)"
    case .tooFew(let count):
      return
        "the probabilities stay as they are: \(count) faces (\(split)) are too few to fit how sure they should be; \(TemperatureFit.fewest) are needed"
    }
  }
}
