import FermFormat
import FermToolSupport
import FermTrain
import Foundation

/// Going on with a run.
extension FitCommand {
  /// The words of a command line, with the run's folder where `--resume-from` names a checkpoint in it.
  static func resumed(_ words: [String], _ arguments: Arguments) throws -> [String] {
    guard let file = arguments.string("--resume-from") else { return words }
    guard arguments.string("--from-epoch") == nil else {
      throw UsageError("--from-epoch and --resume-from both say where to go on; choose one.")
    }
    guard !FileSystem.isFolder(file) else {
      throw UsageError("--resume-from names a checkpoint; a run goes on by --resume --out \(file).")
    }
    let folder = (file as NSString).deletingLastPathComponent
    let run = folder.isEmpty ? "." : folder
    if let out = arguments.string("--out"), realPath(out) != realPath(run) {
      throw UsageError(
        "--resume-from \(file) goes on in that run's own folder, not in \(out); another run can begin with its weights: --init \(file)."
      )
    }
    let flag = arguments.has("--resume") ? [] : ["--resume"]
    return FitOptions.without(["--out"], words) + flag + ["--out", run]
  }

  private static func realPath(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardized.path
  }

  /// A resumed run keeps its settings; one that is given anew must be the same. Paths may change: digests tell whether what
  /// they lead to is the same. The number of epochs is looked at later, by ``newLength(_:_:_:_:steps:_:)``.
  static func refuseChanges(from old: Arguments, to new: Arguments, _ out: String) throws {
    for name in FitOptions.valued where !FitOptions.free.contains(name) && name != "--epochs" {
      guard let value = new.string(name), value != old.string(name), !RunPaths.isPath(name, value) else {
        continue
      }
      let before = old.string(name).map { "\(name) \($0)" } ?? "no \(name)"
      throw TrainError.checkpoint(
        "\(out): the run has \(before), so it cannot be resumed with \(name) \(value); leave the option out, or start another run with --init \(out)/last.ferm."
      )
    }
    for name in FitOptions.flags where !FitOptions.free.contains(name) && new.has(name) && !old.has(name) {
      throw TrainError.checkpoint(
        "\(out): the run was started without \(name), so it cannot be resumed with it.")
    }
  }

  /// The length that a resumed run is given anew; nil when it keeps its own.
  ///
  /// - Parameter steps: steps of an epoch.
  /// - Throws: `checkpoint` for a length with which the run would not stand where it does.
  static func newLength(
    _ now: Arguments, _ before: Arguments, _ options: FitOptions, _ state: TrainingState, steps: Int,
    _ out: String
  ) throws -> Int? {
    let limits = 1...100_000
    // An earlier epoch may be from before the run became longer.
    let own = now.goesBack ? try before.integer("--epochs", in: limits) : nil
    guard let epochs = try now.integer("--epochs", in: limits) ?? own, epochs != options.settings.epochs
    else {
      return nil
    }
    let reason =
      options.maxHours != nil
      ? "its length comes from --max-hours"
      : options.obstacle(toLength: epochs, from: state, batches: steps)
    guard let reason else { return epochs }
    throw TrainError.checkpoint(
      "\(out): the run has \(options.settings.epochs) epochs and cannot be given \(epochs): \(reason). Another run can begin with its weights: --init \(out)/last.ferm."
    )
  }

  /// Writes the new length down: first in last.ferm, which decides, then in args.json.
  static func lengthen(
    _ saved: (state: TrainingState, model: Model), to epochs: Int, _ folder: RunFolder, _ words: [String],
    _ description: [Described]
  ) throws(TrainError) {
    try folder.writeLast(saved.model, saved.state)
    let kept = FitOptions.without(["--epochs"], words)
    try folder.writeArguments(kept + ["--epochs", "\(epochs)"], description)
  }
}

extension Arguments {
  /// Whether a run goes on from an epoch before its last.
  var goesBack: Bool { string("--from-epoch") != nil || string("--resume-from") != nil }
}

extension TrainingState {
  /// Changes a setting that the run was begun with.
  mutating func set(_ key: String, _ value: String) {
    if let place = settings.firstIndex(where: { $0.key == key }) { settings[place].value = value }
  }
}
