public import FermFormat

/// What a run asks of the program that it is part of.
public protocol TrainingOwner {
  /// Whether to stop before the next step; the run can be resumed there. Of several processes, all stop where one wants to.
  var wantsStop: Bool { get }
  /// Evaluates the network as it would be deployed now, on faces of this preprocessing; nil stops the run before the epoch
  /// is counted, and a resumed one validates again. Several processes must give the same.
  func validate(_ set: FaceSet, _ preprocessing: Preprocessing) throws(TrainError) -> Evaluation?
  /// Told of every step and epoch; a failure in it ends the run.
  func report(_ event: TrainingEvent) throws(TrainError)
  /// The best model so far, which the final stage begins with.
  func bestModel() throws(TrainError) -> Model
}

/// What a run tells its owner as it goes.
public enum TrainingEvent: Sendable {
  /// A step is done: steps so far in this epoch, of all, and the faces of this one.
  case step(epoch: Int, done: Int, of: Int, faces: Int)
  /// An epoch is done.
  case epoch(EpochResult)
  /// Nothing better has come for long enough.
  case stoppedEarly(epoch: Int)
}

/// What came out of an epoch.
public struct EpochResult: Sendable {
  /// From 1.
  public let epoch: Int
  /// Learning rate, losses and accuracies.
  public let row: TrainingState.HistoryRow
  /// The evaluation on the validation faces.
  public let validation: Evaluation?
  /// Whether no earlier epoch was as good.
  public let isBest: Bool
  /// What preprocessing the network is trained for now.
  public let preprocessing: Preprocessing
}
