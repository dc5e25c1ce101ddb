import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train --data ... --out ...`: trains a network.
enum FitCommand {
  static func run(_ words: [String]) throws -> Int32 {
    var words = try Configuration.expanded(
      try ReferenceSpelling.translated(words), valued: FitOptions.valued, flags: FitOptions.flags)
    var arguments = try parsed(words)
    if TrainTool.answered(arguments) { return ExitStatus.success }
    words = try resumed(words, arguments)
    arguments = try parsed(words)
    let given = words
    guard let out = arguments.string("--out") else {
      throw UsageError("--out names the run's folder, and it is missing.")
    }
    let resumes = arguments.has("--resume")
    guard resumes || arguments.string("--from-epoch") == nil else {
      throw UsageError("--from-epoch goes on with a run, so it needs --resume.")
    }
    guard !(resumes && arguments.has("--overwrite")) else {
      throw UsageError("--resume goes on with a run and --overwrite replaces it; choose one.")
    }
    guard !Launcher.hasOthers || arguments.string("--folds") == nil else {
      throw UsageError(
        "--folds trains its runs in one process; start it without a launcher, or train each part by --val k/K."
      )
    }
    let team = try Team.join()
    if resumes {
      let now = arguments
      words = try team.words { try RunFolder.command(of: out) }
      try refuseChanges(from: try parsed(words), to: now, out)
      words = RunPaths.moved(words, to: now)
      if try parsed(words).string("--folds") != nil {
        return try FoldsJob(try parsed(words), words, now: now, given, out: out, resumes: true).run()
      }
      return try FitJob(try parsed(words), words, now: now, out: out, resumes: true, team).run()
    }
    if arguments.string("--folds") != nil {
      return try FoldsJob(arguments, words, now: arguments, words, out: out, resumes: false).run()
    }
    return try FitJob(arguments, words, now: arguments, out: out, resumes: false, team).run()
  }

  /// Reads a command line whose every word is an option or its value.
  static func parsed(_ words: [String]) throws(UsageError) -> Arguments {
    let arguments = try Arguments(
      words, valued: FitOptions.valued, flags: FitOptions.flags, foreign: ForeignNames.training)
    if let word = arguments.positional.first {
      let hint =
        Arguments.nearest(word, among: TrainTool.commands.map { $0.name } + ["help"]).map {
          "; did you mean \($0)?"
        } ?? "."
      throw UsageError("\(word) is neither an option nor a subcommand\(hint)")
    }
    return arguments
  }
}

extension TrainingState {
  /// A setting of the run.
  func setting(_ key: String) -> String? { settings.first { $0.key == key }?.value }

  /// Whether nothing is left to train.
  func isDone(_ settings: TrainingSettings) -> Bool {
    if let finalFrom { return epoch >= finalFrom + settings.final.epochs }
    let isStuck = settings.earlyStop > 0 && epoch - best.epoch >= settings.earlyStop
    return settings.final.epochs == 0 && step == 0 && (epoch >= settings.epochs || isStuck)
  }

  /// A word about runs that took their validation faces in another way.
  var drawnOtherwise: String {
    guard setting("validation.split")?.hasSuffix(" of train") ?? false, setting("validation.drawn") == nil
    else {
      return ""
    }
    return
      " It drew its share of validation faces without regard to their classes, as earlier versions did; begin another run with --init."
  }
}
