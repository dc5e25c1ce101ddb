import FermFormat
import FermToolSupport
import FermTrain

/// A run in a process beside the first: it trains and validates with it, and leaves files and words to it.
struct FollowingRun: TrainingOwner {
  private let validation: RunValidation
  private let faces: TrainingFaces

  init(_ validation: RunValidation, _ faces: TrainingFaces) {
    (self.validation, self.faces) = (validation, faces)
  }

  /// Trains to the end, or until a signal to any of the processes.
  func train(from saved: FitJob.Checkpoint?) throws(TrainError) -> Int32 {
    StopSignals.moment = .step
    let isComplete = try validation.trainer.run(
      on: faces.train, validation: faces.validation, preprocessing: validation.options.preprocessing,
      classes: faces.classes.count, from: saved, owner: self)
    StopSignals.moment = .ending
    return isComplete && faces.badCount > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  var wantsStop: Bool { StopSignals.wantsStop }

  func validate(_ set: FaceSet, _ preprocessing: Preprocessing) throws(TrainError) -> Evaluation? {
    try validation.evaluation(on: set, preprocessing)
  }

  func report(_ event: TrainingEvent) {}

  func bestModel() throws(TrainError) -> Model { try validation.bestModel { () throws(TrainError) in nil } }
}
