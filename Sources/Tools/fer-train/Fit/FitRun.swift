import FermFiles
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
  private let validation: RunValidation
  private let workers: Workers
  private let quiet: Bool
  private let events: RunEvents
  private let progress: ProgressLine
  private var started = ProgressLine.now
  /// When the last step, or the last epoch with all its files, was done.
  private var mark = ProgressLine.now
  /// When something was said last.
  private var told = ProgressLine.now
  private var timeLeft: TimeLeft
  private var stepsSeen = 0
  private var (saidOnce, foretold) = (false, false)

  init(
    trainer: Trainer, folder: RunFolder, options: FitOptions, preprocessing: Preprocessing,
    faces: TrainingFaces, description: [Described], validation: RunValidation, workers: Workers,
    quiet: Bool, events: RunEvents
  ) {
    self.trainer = trainer
    self.folder = folder
    self.options = options
    self.preprocessing = preprocessing
    self.faces = faces
    self.description = description
    self.validation = validation
    self.workers = workers
    self.quiet = quiet
    self.events = events
    progress = ProgressLine(unit: "steps", quiet: quiet)
    timeLeft = TimeLeft(options.settings, options.method, preprocessing, faces)
  }

  /// Trains to the end, or until a signal.
  func train(from saved: (state: TrainingState, model: Model)?) throws(TrainError) -> Int32 {
    events.started(saved?.state)
    do throws(TrainError) {
      let isComplete = try goThrough(from: saved)
      events.ended(isComplete ? "complete" : "stopped", trainer.state)
      guard isComplete else { return ExitStatus.success }
    } catch {
      if case .processLost = error {
        try keep()
        narrate("left \(wayOn)")
      }
      events.ended("failed", trainer.state, message: error.description)
      throw error
    }
    return faces.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  /// Trains; false when a signal stops it.
  private func goThrough(from saved: (state: TrainingState, model: Model)?) throws(TrainError) -> Bool {
    StopSignals.moment = .step
    (started, mark, told) = (ProgressLine.now, ProgressLine.now, ProgressLine.now)
    let isComplete = try trainer.run(
      on: faces.train, validation: faces.validation, preprocessing: preprocessing,
      classes: faces.classes.count, from: saved, owner: self)
    progress.clear()
    guard isComplete else {
      // Between two epochs, last.ferm is as it should be already.
      try keep()
      narrate("stopped \(wayOn)")
      return false
    }
    StopSignals.moment = .ending
    let judges = faces.validation.count > 0 && !options.settings.final.takesValidation
    try writeReport(judges ? try judge() : nil)
    say("written: \(folder.path.printable)/best.ferm and last.ferm")
    say(RunSummary.end(folder, trainer.state, faces, data: options.data))
    return true
  }

  /// Writes the checkpoint of the last whole step.
  private func keep() throws(TrainError) {
    let state = trainer.state
    guard state.step > 0 || state.epoch == 0 else { return }
    let recipe =
      state.finalFrom == nil
      ? options.settings.preprocessing(epoch: state.epoch, of: preprocessing) : preprocessing
    try folder.writeLast(try model(recipe, nil), trainer.snapshot())
  }

  /// Where the run ended, and how it goes on.
  private var wayOn: String {
    "in epoch \(trainer.state.epoch + 1), step \(trainer.state.step); go on with:\n  fer-train --resume --out \(folder.path.shell)"
  }

  // MARK: - What the trainer asks for

  var wantsStop: Bool { StopSignals.wantsStop }

  func validate(_ set: FaceSet, _ preprocessing: Preprocessing) throws(TrainError) -> Evaluation? {
    try validation.evaluation(on: set, preprocessing) { showValidation($0, of: set.count) }
  }

  func bestModel() throws(TrainError) -> Model {
    try validation.bestModel { () throws(TrainError) in try folder.best() }
  }

  func report(_ event: TrainingEvent) throws(TrainError) {
    switch event {
    case .step(let epoch, let done, let all, _):
      stepDone(epoch - 1, done, all)
      events.stepped(trainer.state, of: all, learningRate: trainer.learningRate)
    case .epoch(let result):
      progress.clear()
      let seconds = ProgressLine.now - started
      started = ProgressLine.now
      say(summary(result, seconds: seconds))
      try folder.write(
        result, seconds: seconds, model: try model(result.preprocessing, result),
        state: trainer.snapshot(), charts: charts, options.kept)
      events.epochEnded(result, seconds: seconds)
      timeLeft.validationDone(
        result.epoch - 1, trainer.state.finalFrom, seconds: ProgressLine.now - mark)
      mark = ProgressLine.now
    case .stoppedEarly(let epoch):
      say("nothing better for \(options.settings.earlyStop) epochs; stopped at epoch \(epoch)")
      events.stoppedEarly(epoch: epoch)
    }
  }

  // MARK: - Telling

  private func say(_ text: String) {
    narrate(text, quietly: quiet)
    told = ProgressLine.now
  }

  private func stepDone(_ epoch: Int, _ done: Int, _ all: Int) {
    let (now, finalFrom) = (ProgressLine.now, trainer.state.finalFrom)
    timeLeft.stepDone(epoch, finalFrom, seconds: now - mark)
    mark = now
    stepsSeen += 1
    // Enough to know how long it will be, and soon enough to stop a run that will be too long.
    if !foretold, stepsSeen >= 5 || stepsSeen >= 2 && now - started > 10 {
      foretold = true
      let seconds = timeLeft.seconds(epoch, finalFrom, done: done)
      if seconds >= 600 {
        progress.clear()
        say("this will take \(TimeLeft.words(seconds)): \(pace(epoch)), \(timeLeft.allSteps) steps in all")
      }
    }
    tell(epoch, "step \(done)/\(all)", pace(epoch)) { $0.seconds(epoch, finalFrom, done: done) }
  }

  private func showValidation(_ done: Int, of all: Int) {
    let (epoch, finalFrom) = (trainer.state.epoch, trainer.state.finalFrom)
    let share = Double(done) / Double(max(all, 1))
    tell(epoch, "validation \(done)/\(all)", nil) {
      $0.seconds(epoch, finalFrom, done: trainer.state.step, validated: share)
    }
  }

  private func pace(_ epoch: Int) -> String {
    ProgressLine.pace(1 / max(timeLeft.stepSeconds(epoch, trainer.state.finalFrom), 1e-9), "steps")
  }

  /// Redraws the line, or says it now and then where there is no terminal.
  private func tell(_ epoch: Int, _ place: String, _ pace: String?, left: (inout TimeLeft) -> Double) {
    func text() -> String {
      let parts = ["epoch \(epoch + 1)/\(options.settings.allEpochs)", place, pace]
      return (parts.compactMap { $0 } + ["\(ProgressLine.clock(left(&timeLeft))) left"]).joined(
        separator: "  ")
    }
    progress.draw(text)
    guard !quiet, !ProgressLine.isShown else { return }
    let now = ProgressLine.now
    guard now - told >= (trainer.state.history.isEmpty && !saidOnce ? 10 : 60) else { return }
    (told, saidOnce) = (now, true)
    FermToolSupport.narrate(text())
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

  private var charts: RunCharts {
    RunCharts(
      settings: options.settings, preprocessing: preprocessing, classes: faces.classes,
      validationName: faces.validationName)
  }

  /// Fits the temperature of best.ferm on the validation faces, writes what it then says of them, and gives its logits.
  private func judge() throws(TrainError) -> [Float] {
    var best = try folder.best()
    let set = faces.validation.fitted(to: best.preprocessing, from: preprocessing, workers: workers)
    let centre = try Calibration.logits(best, set, workers)
    let fit = Calibration.fit(best, centre, set)
    Calibration.store(fit, in: &best, split: faces.validationName)
    let calibrated = best
    try folder.writeBest(
      try TrainTool.naming("best.ferm") { () throws(FormatError) in try calibrated.withSelfTests() })
    say(Calibration.summary(fit, faces.validationName))
    let views = options.settings.views
    let logits =
      views == .none
      ? centre
      : try TrainTool.naming("best.ferm") { () throws(FormatError) in
        try Evaluation.logits(try Plan(calibrated), on: set, views: views, threads: workers.count)
      }
    try folder.writePredictions(logits, of: set, from: options.validationData)
    return logits
  }

  /// report.html, by what the folder holds now.
  ///
  /// - Parameter logits: what best.ferm says of the validation faces, if they judge it.
  private func writeReport(_ logits: [Float]?) throws(TrainError) {
    let record = try RunRecord(folder.path)
    let measured = logits.map { RunReport.measured(record.best, $0, faces, options) }
    let report = RunReport(
      record: record, options: options, faces: faces, measured: measured, workers: workers)
    try folder.write(try report.bytes(), to: "report.html")
  }

  /// augmented.png: in each row a face as it is, then as the network sees it in some epochs.
  func writeAugmentedFaces() throws(TrainError) {
    let (picture, lacksWords) = AugmentedFaces(faces, options, workers).picture()
    try folder.writePicture(picture, "augmented.png")
    if let reason = lacksWords { say("augmented.png has no words: \(reason)") }
  }

  private func summary(_ result: EpochResult, seconds: Double) -> String {
    func digits(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
    let row = result.row
    var text =
      "epoch \(result.epoch)/\(options.settings.allEpochs): loss \(digits(row.trainLoss, 4)), \(digits(100 * row.trainAccuracy, 2)) % right"
    if let evaluation = result.validation {
      text +=
        "; validation \(digits(evaluation.loss, 4)), \(digits(100 * evaluation.top1, 2)) %\(result.isBest ? " *" : "")"
    }
    return text + "; \(digits(seconds, 1)) s"
  }
}
