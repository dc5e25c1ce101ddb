import FermFormat
import FermToolSupport
import FermTrain

/// The events of a run, as `--log jsonl` writes them; without that option nothing is written.
struct RunEvents {
  /// Events of the steps of an epoch.
  private static let perEpoch = 20

  private let log: EventLog?
  private let options: FitOptions
  private let faces: TrainingFaces
  private let path: String
  private let description: [Described]

  init(
    _ log: EventLog?, _ options: FitOptions, _ faces: TrainingFaces, path: String, _ description: [Described]
  ) {
    self.log = log
    self.options = options
    self.faces = faces
    self.path = path
    self.description = description
  }

  /// The run begins, or goes on after `state`.
  func started(_ state: TrainingState?) {
    log?.write(
      "start",
      [
        ("tool", .string("fer-train \(toolVersion)")), ("run", .string(path)),
        ("resumed", .bool(state != nil)), ("epoch", .int(state?.epoch ?? 0)),
        ("step", .int(state?.step ?? 0)), ("epochs", .int(options.settings.allEpochs)),
        ("steps", .int(options.steps(faces.train.count))), ("train_faces", .int(faces.train.count)),
        ("val_faces", .int(faces.validation.count)),
        ("classes", .array(faces.classes.map { .string($0) })),
        ("settings", .object(description.map { JSONValue.Member($0.key, $0.value.json) })),
      ])
  }

  /// Every twentieth of an epoch, so that the same run has the same events.
  func stepped(_ state: TrainingState, of steps: Int, learningRate: Double) {
    let every = max(1, steps / Self.perEpoch)
    guard state.step % every == 0 || state.step == steps else { return }
    let seen = Double(max(state.running.seen, 1))
    log?.write(
      "step",
      [
        ("epoch", .int(state.epoch + 1)), ("step", .int(state.step)), ("steps", .int(steps)),
        ("learning_rate", .double(learningRate)), ("train_loss", .double(state.running.loss / seen)),
        ("train_accuracy", .double(Double(state.running.right) / seen)),
      ])
  }

  func epochEnded(_ result: EpochResult, seconds: Double) {
    let row = result.row
    log?.write(
      "epoch",
      [
        ("epoch", .int(result.epoch)), ("epochs", .int(options.settings.allEpochs)),
        ("learning_rate", .double(row.learningRate)), ("train_loss", .double(row.trainLoss)),
        ("train_accuracy", .double(row.trainAccuracy)), ("val_loss", .double(row.validationLoss)),
        ("val_accuracy", .double(row.validationAccuracy)), ("best", .bool(result.isBest)),
        ("seconds", .double((seconds * 1000).rounded() / 1000)),
      ])
  }

  func stoppedEarly(epoch: Int) { log?.write("early_stop", [("epoch", .int(epoch))]) }

  /// The run is over, or interrupted.
  ///
  /// - Parameters:
  ///   - reason: `complete`, `stopped` or `failed`.
  ///   - message: what went wrong.
  func ended(_ reason: String, _ state: TrainingState, message: String? = nil) {
    let isValidated = state.best.score.isFinite && state.best.score >= 0
    log?.write(
      "end",
      [
        ("reason", .string(reason)), ("message", message.map { .string($0) } ?? .null),
        ("epoch", .int(state.epoch)), ("step", .int(state.step)),
        ("best_epoch", state.best.epoch > 0 ? .int(state.best.epoch) : .null),
        ("best_val_accuracy", isValidated ? .double(state.best.score) : .null),
        ("model", state.best.epoch > 0 ? .string("\(path)/best.ferm") : .null),
      ])
  }
}
