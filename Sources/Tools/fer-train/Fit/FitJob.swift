import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain
import Foundation

/// A run to begin or to go on with, from its command line to its end.
struct FitJob {
  /// The command line that the run was begun with.
  private let arguments: Arguments
  private let words: [String]
  /// That of this call of the program.
  private let now: Arguments
  private let out: String
  private let resumes: Bool
  private let team: Team
  private let workers: Workers
  private let log: EventLog?

  typealias Checkpoint = (state: TrainingState, model: Model)

  init(
    _ arguments: Arguments, _ words: [String], now: Arguments, out: String, resumes: Bool, _ team: Team
  ) throws {
    StopSignals.listen()
    (self.arguments, self.words, self.now, self.out, self.resumes) = (arguments, words, now, out, resumes)
    self.team = team
    workers = try team.workers(try now.integer("--threads", in: 1...256))
    log = try now.choice("--log", of: ["jsonl"]).flatMap { _ in team.isFirst ? EventLog() : nil }
  }

  /// Trains to the end, or until a signal.
  func run() throws -> Int32 {
    let start: Transfer?
    var options: FitOptions
    (start, options) = try team.agreed {
      let start = try arguments.string("--init").map { path throws(TrainError) in
        try Transfer(path: ModelPath.resolved(path))
      }
      return (start, try self.options(like: start?.network))
    }
    // The first process owns the folder.
    let folder = try team.agreed {
      team.isFirst ? try RunFolder(out, overwrite: now.has("--overwrite"), resume: resumes) : nil
    }
    var saved = resumes ? try team.checkpoint { try checkpoint(in: folder) } : nil
    if let saved { options.take(saved.state) }
    let isLengthened = now.string("--epochs") != nil || now.goesBack
    let isDone = !isLengthened && saved?.state.isDone(options.settings) ?? false
    let quiet = now.has("--quiet") || isDone || !team.isFirst
    let faces = try team.agreed {
      if resumes {
        try requireInstructions(options.settings.precision)
      } else {
        try options.requireInstructions()
        try options.requireShards()
      }
      let faces = try TrainingFaces(
        options, workers: workers, quiet: quiet, sharing: MachineShare(team))
      if !resumes, faces.validation.count == 0 { try options.refuseBlind(arguments) }
      return faces
    }

    let length = try newLength(&options, &saved, faces)
    let teacher = try team.agreed { try options.loadedTeacher(of: faces, workers, quiet: quiet) }
    if saved == nil { try keepWithinBudget(&options, faces, teacher, quiet: quiet) }
    (options.initialDigest, options.teacherDigest) = (start?.digest, teacher?.digest)
    let description = faces.described + options.described
    let state = description.map { (key: $0.key, value: $0.value.text) }
    try team.requireSame(state)
    let (network, trainer) = try team.agreed {
      if let saved, let reason = saved.state.mismatch(with: state) {
        throw TrainError.checkpoint(
          "\(out): the run cannot be resumed: \(reason).\(saved.state.drawnOtherwise)")
      }
      let network = try options.network(classes: faces.classes.count, seed: options.settings.seed)
      if saved == nil, let start {
        let report = try start.load(into: network, labels: faces.classes)
        if !quiet { narrate(report) }
      }
      let trainer = try options.trainer(
        network, workers: workers, group: team.group,
        frozen: try Transfer.frozen(options.freeze, in: network),
        teacher: teacher, description: state)
      try trainer.plan.check(batch: min(options.settings.batch, faces.train.count))
      return (network, trainer)
    }
    let validation = RunValidation(
      trainer: trainer, options: options, classes: faces.classes, workers: workers, group: team.group)
    let run = folder.map {
      FitRun(
        trainer: trainer, folder: $0, options: options, preprocessing: options.preprocessing, faces: faces,
        description: description, validation: validation, workers: workers, quiet: quiet,
        events: RunEvents(log, options, faces, path: $0.path, description))
    }
    if let before = saved {
      saved = try team.checkpoint {
        guard let folder else { return before }
        return try goOn(from: before, length: length, folder, options, description)
      }
    } else {
      try team.first {
        let kept = FitOptions.without(Set(FitOptions.free + ["--overwrite"]), words)
        try folder?.begin(RunPaths.absolute(kept, data: options.data), description)
        try run?.writeAugmentedFaces()
      }
    }
    guard let folder, let run else {
      let status = try FollowingRun(validation, faces).train(from: saved)
      team.close()
      return status
    }
    if isDone {
      let complete = "\(out): the run is complete."
      if log == nil { print(complete) } else { narrate(complete) }
    } else {
      RunLog.open(folder.path)
      let steps = options.steps(faces.train.count)
      narrate(RunSummary.start(options, network, steps: steps), quietly: quiet)
    }
    let status = try run.train(from: saved)
    team.close()
    return status
  }

  /// Where the run stands that is gone on with.
  private func checkpoint(in folder: RunFolder?) throws -> Checkpoint {
    if let file = now.string("--resume-from") { return try RunFolder.checkpoint(file) }
    let epoch = try now.integer("--from-epoch", in: 1...100_000)
    return try folder?.checkpoint(epoch: epoch) ?? RunFolder.last(of: out)
  }

  /// What the run was asked for; refused where parts of it do not go together.
  private func options(like model: (kind: NetworkKind, width: Double)?) throws -> FitOptions {
    let options = try FitOptions(arguments, like: model)
    guard !resumes else { return options }
    try options.refuseUnfit(arguments, out: out)
    return options
  }

  /// Refuses to go on in a precision that this processor has no instructions for.
  private func requireInstructions(_ precision: TrainingPrecision) throws(TrainError) {
    guard !precision.isAvailable else { return }
    throw .checkpoint(
      "\(out): the run multiplies in \(FitOptions.lacking(precision)); go on with it where they are, or start another run with --init \(out)/last.ferm."
    )
  }

  /// The length that is given anew to a run that goes on.
  private func newLength(
    _ options: inout FitOptions, _ saved: inout Checkpoint?, _ faces: TrainingFaces
  ) throws -> Int? {
    guard let before = saved else { return nil }
    let length = try FitCommand.newLength(
      now, arguments, options, before.state, steps: options.steps(faces.train.count), out)
    guard let length else { return nil }
    options.settings.epochs = length
    saved?.state.set("train.epochs", "\(length)")
    return length
  }

  /// Finds the number of epochs where a time budget is given instead.
  private func keepWithinBudget(
    _ options: inout FitOptions, _ faces: TrainingFaces, _ teacher: Teacher?, quiet: Bool
  ) throws {
    guard let hours = options.maxHours else { return }
    let budget = TimeBudget(options, faces, teacher, workers, team.group)
    // All of them try the steps, and the first one's clock counts.
    let epochs = try team.agreed { try budget.epochs(hours: hours) }
    options.settings.epochs = Int(try team.group.sum([team.isFirst ? Double(epochs) : 0])[0])
    if !quiet { narrate("--max-hours \(hours): \(options.settings.epochs) epochs") }
  }

  /// Puts the folder where the run stands, or stood after an earlier epoch.
  private func goOn(
    from before: Checkpoint, length: Int?, _ folder: RunFolder, _ options: FitOptions,
    _ description: [Described]
  ) throws -> Checkpoint {
    let kept = !now.goesBack ? before : try folder.goBack(to: before)
    if let length { try FitCommand.lengthen(kept, to: length, folder, words, description) }
    try folder.rewind(to: kept, options.kept)
    return kept
  }
}
