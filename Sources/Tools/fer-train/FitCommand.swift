import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// `fer-train --data ... --out ...`: trains a network.
enum FitCommand {
  static func run(_ words: [String]) throws -> Int32 {
    var words = try ReferenceSpelling.translated(words)
    var arguments = try parsed(words)
    if TrainTool.answered(arguments) { return ExitStatus.success }
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
    if resumes {
      let now = arguments
      words = try RunFolder.command(of: out)
      try refuseChanges(from: try parsed(words), to: now, out)
      words = RunPaths.moved(words, to: now)
      arguments = try parsed(words)
      return try train(arguments, words, now, out, resumes: true)
    }
    return try train(arguments, words, arguments, out, resumes: false)
  }

  private static func parsed(_ words: [String]) throws(UsageError) -> Arguments {
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

  private static func train(
    _ arguments: Arguments, _ words: [String], _ now: Arguments, _ out: String, resumes: Bool
  ) throws -> Int32 {
    StopSignals.listen()
    let workers = try Workers(count: try now.integer("--threads", in: 1...256) ?? 0)
    let start = try arguments.string("--init").map { path throws(TrainError) in
      try Transfer(path: ModelPath.resolved(path))
    }
    var options = try FitOptions(arguments, like: start?.network)
    if !resumes {
      try options.refuseUnused(arguments)
      try RunPlace.refuse(out, among: options.data)
      if case .path(let path) = options.validation { try RunPlace.refuse(out, among: path) }
    }
    let folder = try RunFolder(out, overwrite: now.has("--overwrite"), resume: resumes)
    var saved: (state: TrainingState, model: Model)?
    if resumes {
      let epoch = try now.integer("--from-epoch", in: 1...100_000)
      saved = try folder.checkpoint(epoch: epoch)
    }
    if let saved { options.take(saved.state) }
    let isLengthened = now.string("--epochs") != nil || now.string("--from-epoch") != nil
    let isDone = !isLengthened && saved?.state.isDone(options.settings) ?? false
    let quiet = now.has("--quiet") || isDone
    let faces = try TrainingFaces(options, workers: workers, quiet: quiet)

    if !resumes, faces.validation.count == 0 { try options.refuseBlind(arguments) }

    let network = options.network(classes: faces.classes.count, seed: options.settings.seed)
    let preprocessing = options.kind.preprocessing
    var length: Int?
    if let before = saved {
      let steps = faces.train.count / max(1, min(options.settings.batch, faces.train.count))
      length = try newLength(now, arguments, options, before.state, steps: steps, out)
      if let length {
        options.settings.epochs = length
        saved?.state.set("train.epochs", "\(length)")
      }
    } else if let hours = options.maxHours {
      let budget = TimeBudget(options, faces, preprocessing, workers)
      options.settings.epochs = try budget.epochs(hours: hours)
      if !quiet { narrate("--max-hours \(hours): \(options.settings.epochs) epochs") }
    }
    let teacher = try teacher(options, faces, preprocessing, workers, quiet)
    (options.initialDigest, options.teacherDigest) = (start?.digest, teacher?.digest)
    let description = faces.described + options.described
    let state = description.map { (key: $0.key, value: $0.value.text) }
    if let saved, let reason = saved.state.mismatch(with: state) {
      throw TrainError.checkpoint(
        "\(out): the run cannot be resumed: \(reason).\(saved.state.drawnOtherwise)")
    }
    if saved == nil, let start {
      let report = try start.load(into: network, labels: faces.classes)
      if !quiet { narrate(report) }
    }
    let trainer = try options.trainer(
      network, workers: workers, frozen: try Transfer.frozen(options.freeze, in: network), teacher: teacher,
      description: state)
    let run = FitRun(
      trainer: trainer, folder: folder, options: options, preprocessing: preprocessing, faces: faces,
      description: description, workers: workers, quiet: quiet)
    if let before = saved {
      let kept = now.string("--from-epoch") == nil ? before : try folder.goBack(to: before)
      saved = kept
      if let length { try lengthen(kept, to: length, folder, words, description) }
      try folder.rewind(to: kept, saveEvery: options.saveEvery)
    } else {
      let kept = FitOptions.without(Set(FitOptions.free + ["--overwrite"]), words)
      try folder.begin(RunPaths.absolute(kept, data: options.data), description)
      try run.writeContactSheet()
    }
    if isDone {
      print("\(out): the run is complete.")
    } else {
      RunLog.open(folder.path)
      let steps = faces.train.count / max(1, min(options.settings.batch, faces.train.count))
      narrate(RunSummary.start(options, network, steps: steps), quietly: quiet)
    }
    return try run.train(from: saved)
  }

  /// The teacher that the options name, and what it says of every face that trains.
  private static func teacher(
    _ options: FitOptions, _ faces: TrainingFaces, _ preprocessing: Preprocessing, _ workers: Workers,
    _ quiet: Bool
  ) throws(TrainError) -> Teacher? {
    guard let given = options.teacher else { return nil }
    let path = try ModelPath.resolved(given)
    var taught = faces.train
    let final = options.settings.final
    if final.epochs > 0, final.takesValidation { taught.append(faces.validation) }
    let teacher = try Teacher(
      path: path, share: options.teacherShare, faces: taught, preprocessing: preprocessing,
      classes: faces.classes,
      workers: workers)
    if !quiet {
      let agreement = String(format: "%.1f", 100 * teacher.agreement)
      narrate("\(path): teaches \(taught.count) faces, and agrees with the labels of \(agreement) % of them")
    }
    return teacher
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
