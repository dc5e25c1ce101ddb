import FermFormat
import FermImage
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// One training run: validates, writes the run's folder and tells how it goes.
final class FitRun: TrainingOwner {
  private let trainer: Trainer
  private let folder: RunFolder
  private let options: FitOptions
  private let preprocessing: Preprocessing
  private let faces: TrainingFaces
  private let description: [Described]
  private let workers: Workers
  private let quiet: Bool
  private let progress: ProgressLine
  private var started = ProgressLine.now
  private var epochFaces = 0
  private var stepsSeen = 0

  init(
    trainer: Trainer, folder: RunFolder, options: FitOptions, preprocessing: Preprocessing,
    faces: TrainingFaces, description: [Described], workers: Workers, quiet: Bool
  ) {
    self.trainer = trainer
    self.folder = folder
    self.options = options
    self.preprocessing = preprocessing
    self.faces = faces
    self.description = description
    self.workers = workers
    self.quiet = quiet
    progress = ProgressLine(unit: "steps", quiet: quiet)
  }

  /// Trains to the end, or until a signal.
  func train(from saved: (state: TrainingState, model: Model)?) throws(TrainError) -> Int32 {
    StopSignals.moment = .step
    let isComplete = try trainer.run(
      on: faces.train, validation: faces.validation, preprocessing: preprocessing,
      classes: faces.classes.count, from: saved, owner: self)
    progress.clear()
    guard isComplete else {
      // Between two epochs, last.ferm is as it should be already.
      let state = trainer.state
      if state.step > 0 || state.epoch == 0 {
        let recipe =
          state.finalFrom == nil
          ? options.settings.preprocessing(epoch: state.epoch, of: preprocessing) : preprocessing
        try folder.writeLast(try model(recipe, nil), trainer.snapshot())
      }
      narrate(
        "stopped in epoch \(trainer.state.epoch + 1), step \(trainer.state.step); go on with: fer-train --resume --out \(folder.path)"
      )
      return ExitStatus.success
    }
    StopSignals.moment = .ending
    try calibrate()
    if !quiet { narrate("written: \(folder.path)/best.ferm and last.ferm") }
    return faces.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  // MARK: - What the trainer asks for

  var wantsStop: Bool { StopSignals.wantsStop }

  func validate(_ set: FaceSet, _ preprocessing: Preprocessing) throws(TrainError) -> Evaluation? {
    let candidate = try trainer.model(
      name: options.kind.name, preprocessing: preprocessing, labels: LabelSet(names: faces.classes))
    return try TrainTool.naming("the network in training") { () throws(FormatError) in
      let plan = try Plan(candidate)
      guard
        let logits = try Evaluation.logits(
          plan, on: set, views: options.settings.views, threads: workers.count,
          goesOn: { _ in !StopSignals.wantsStop })
      else { return nil }
      return Evaluation(
        logits: logits, labels: set.labels, classes: faces.classes.count,
        temperature: plan.labels.temperature)
    }
  }

  func bestModel() throws(TrainError) -> Model { try folder.best() }

  func report(_ event: TrainingEvent) throws(TrainError) {
    switch event {
    case .step(let epoch, let done, let all, let count):
      epochFaces += count
      stepsSeen += 1
      let epochs = options.settings.allEpochs
      progress.show(
        stepsSeen, of: stepsSeen + all - done + (epochs - epoch) * all, prefix: "epoch \(epoch)/\(epochs)")
    case .epoch(let result):
      progress.clear()
      let seconds = ProgressLine.now - started
      started = ProgressLine.now
      if !quiet { narrate(summary(result, seconds: seconds)) }
      epochFaces = 0
      try folder.write(
        result, seconds: seconds, model: try model(result.preprocessing, result),
        state: trainer.snapshot(), names: faces.classes, saveEvery: options.saveEvery)
    case .stoppedEarly(let epoch):
      if !quiet {
        narrate("nothing better for \(options.settings.earlyStop) epochs; stopped at epoch \(epoch)")
      }
    }
  }

  // MARK: - Files

  private func model(_ preprocessing: Preprocessing, _ result: EpochResult?) throws(TrainError) -> Model {
    var provenance = Provenance()
    for (key, value) in description { provenance[key] = value }
    provenance["tool"] = .string("fer-train \(toolVersion)")
    provenance["train.epoch"] = .integer(Int64(trainer.state.epoch))
    if trainer.state.step > 0 { provenance["train.step"] = .integer(Int64(trainer.state.step)) }
    if let result { provenance["train.loss"] = .real(result.row.trainLoss) }
    if let evaluation = result?.validation {
      provenance["validation.accuracy"] = .real(evaluation.top1)
      provenance["validation.loss"] = .real(evaluation.loss)
      provenance["validation.interval95.low"] = .real(evaluation.interval.low)
      provenance["validation.interval95.high"] = .real(evaluation.interval.high)
    }
    return try trainer.model(
      name: options.kind.name, preprocessing: preprocessing, labels: LabelSet(names: faces.classes),
      provenance: provenance)
  }

  /// Fits the temperature of best.ferm on the validation faces.
  private func calibrate() throws(TrainError) {
    guard faces.validation.count > 0, !options.settings.final.takesValidation else { return }
    var best = try folder.best()
    let set = faces.validation.fitted(to: best.preprocessing, from: preprocessing, workers: workers)
    let fit = try Calibration.fit(best, set, workers)
    Calibration.store(fit, in: &best, split: faces.validationName)
    let calibrated = best
    try folder.writeBest(
      try TrainTool.naming("best.ferm") { () throws(FormatError) in try calibrated.withSelfTests() })
    if !quiet { narrate(Calibration.summary(fit, faces.validationName)) }
  }

  /// augmented.png: in each row a face as it is, then as the network sees it in seven epochs.
  func writeContactSheet() throws(TrainError) {
    let sheet = ContactSheet(
      faces.train, faces: preprocessing.resized,
      recipe: preprocessing,
      augmentation: options.settings.augmentation, seed: options.settings.seed, workers: workers)
    try folder.writePicture(
      Image(width: sheet.width, height: sheet.height, channels: 1, pixels: sheet.pixels), "augmented.png")
  }

  private func summary(_ result: EpochResult, seconds: Double) -> String {
    func digits(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
    let row = result.row
    var text =
      "epoch \(result.epoch)/\(options.settings.allEpochs)  loss \(digits(row.trainLoss, 4))  accuracy \(digits(100 * row.trainAccuracy, 2)) %"
    if let evaluation = result.validation {
      text +=
        "  |  validation loss \(digits(evaluation.loss, 4))  accuracy \(digits(100 * evaluation.top1, 2)) %"
      if result.isBest { text += " *" }
    }
    let rate = Double(epochFaces) / max(seconds, 1e-9)
    return text + "  |  \(Int(rate)) faces/s  \(digits(seconds, 1)) s"
  }
}
