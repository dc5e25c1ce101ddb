import FermFormat
import FermToolSupport
import FermTrain
import Glibc

/// Trains the runs of a sweep, each in a process of its own, some at a time.
final class SweepRunner {
  private let plan: SweepPlan
  private var folder: SweepFolder
  private let jobs: Int
  private let threads: Int
  private let quiet: Bool
  private let progress: ProgressLine
  private let started = ProgressLine.now
  private var active: [(place: Int, child: ChildProcess, since: Double)] = []
  /// Runs that ended in this call of the program, and those among them that left faces out.
  private var (ended, withBadFaces) = (0, 0)
  /// Why a run could not begin, which ends the sweep.
  private var refusal: (sentence: String, status: Int32)?
  private var isWaitingTold = false

  init(_ plan: SweepPlan, _ folder: SweepFolder, jobs: Int, threads: Int, quiet: Bool) {
    (self.plan, self.folder, self.jobs, self.threads, self.quiet) = (plan, folder, jobs, threads, quiet)
    progress = ProgressLine(unit: "runs", quiet: quiet)
  }

  /// Trains what is not trained yet, round by round.
  ///
  /// - Returns: the folder at its end, or nil when it was stopped; and the status.
  func run() throws -> (folder: SweepFolder?, status: Int32) {
    while true {
      let round = folder.runs.compactMap { $0.round }.max()
      let open = folder.runs.indices.filter { place in
        let run = folder.runs[place]
        // What failed is tried again as long as nothing was decided by it.
        return run.state == .unfinished || run.state == .failed && run.round == round
      }
      try train(open)
      if let refusal {
        narrate("fer-train: \(refusal.sentence)")
        return (nil, refusal.status)
      }
      guard !folder.runs.contains(where: { $0.state == .unfinished }) else {
        return (nil, ExitStatus.success)
      }
      guard let next = plan.runs(after: folder.runs) else { break }
      narrate(
        "round \(next[0].round ?? 0): \(Set(next.map { $0.settings }).count) settings for \(next[0].epochs ?? 0) epochs",
        quietly: quiet)
      folder.document.runs += next
      try folder.write()
    }
    let hasLosses = folder.runs.contains { $0.state != .finished }
    return (folder, hasLosses || withBadFaces > 0 ? ExitStatus.someFailed : ExitStatus.success)
  }

  private func train(_ places: [Int]) throws {
    var waiting = places
    var isTold = false
    while !waiting.isEmpty || !active.isEmpty {
      if StopSignals.wantsStop || refusal != nil {
        waiting = []
        if !isTold { for (_, child, _) in active { child.stop() } }
        isTold = true
      }
      while active.count < jobs, let next = waiting.firstIndex(where: { isFree(folder.runs[$0]) }) {
        let place = waiting.remove(at: next)
        active.append((place, try start(folder.runs[place]), ProgressLine.now))
      }
      if active.isEmpty, !waiting.isEmpty, !isWaitingTold {
        narrate(
          "\(folder.path(of: folder.runs[waiting[0]])): an earlier program is still at work here; waiting")
        isWaitingTold = true
      }
      for (place, child, since) in active {
        guard let ending = child.poll() else { continue }
        active.removeAll { $0.place == place }
        try take(ending, of: place, child, seconds: ProgressLine.now - since)
      }
      progress.show(ended, of: places.count, prefix: "\(active.count) under way")
      usleep(20_000)
    }
    progress.clear()
  }

  /// Whether no other program is at work in the run's folder, such as what a sweep that was killed has left.
  private func isFree(_ run: SweepRun) -> Bool { !RunLock.isHeld(folder.path(of: run)) }

  private func start(_ run: SweepRun) throws -> ChildProcess {
    let path = folder.path(of: run)
    let (words, grown) = plan.words(of: run)
    let own = ["--out", path, "--threads", "\(threads)", "--quiet"]
    guard FileSystem.isFile("\(path)/last.ferm") else {
      let again = FileSystem.isFile("\(path)/args.json") ? ["--overwrite"] : []
      return try ChildProcess(["sweep", SweepChild.word] + words + own + again)
    }
    return try ChildProcess(
      ["sweep", SweepChild.word, "--resume"] + own + (grown.map { ["--epochs", "\($0)"] } ?? []))
  }

  /// Writes down how a run ended.
  private func take(
    _ ending: ChildProcess.Ending, of place: Int, _ child: ChildProcess, seconds: Double
  ) throws {
    var run = folder.runs[place]
    let path = folder.path(of: run)
    (run.figures, run.reason) = (nil, nil)
    switch ending {
    case .exit(ExitStatus.success), .exit(ExitStatus.someFailed):
      if ending == .exit(ExitStatus.someFailed) { withBadFaces += 1 }
      run.figures = try Self.figures(path)
      run.state = run.figures == nil ? .failed : .finished
      if run.figures == nil { run.reason = "There were no faces to validate on." }
    case .exit(SweepChild.Status.diverged): (run.state, run.reason) = (.diverged, child.lastLine)
    case .exit(SweepChild.Status.stopped): return
    case .exit(let status) where !FileSystem.isFile("\(path)/args.json"):
      if !StopSignals.wantsStop, refusal == nil { refusal = (child.lastLine, status) }
      return
    case .exit: (run.state, run.reason) = (.failed, child.lastLine)
    case .signal(let number):
      // One that ended before it could listen was stopped, too.
      if StopSignals.wantsStop || refusal != nil { return }
      (run.state, run.reason) = (.failed, "It was ended by signal \(number).")
    }
    ended += 1
    folder.document.runs[place] = run
    try folder.write()
    progress.clear()
    tell(run, seconds)
  }

  private func tell(_ run: SweepRun, _ seconds: Double) {
    let done = folder.runs.filter { $0.state != .unfinished }.count
    let outcome =
      run.figures.map { "\(SweepReport.percent($0.accuracy)) % at epoch \($0.epoch)" }
      ?? "\(run.state.rawValue): \(run.reason ?? "")"
    let left = folder.runs.count - done
    let time = (ProgressLine.now - started) / Double(max(ended, 1)) * Double(left)
    let rest = left > 0 ? "; \(ProgressLine.clock(time)) left" : ""
    narrate(
      "\(done)/\(folder.runs.count) \(run.name): \(outcome); \(ProgressLine.clock(seconds))\(rest)",
      quietly: quiet)
  }

  /// What best.ferm states of its validation.
  private static func figures(_ path: String) throws(TrainError) -> SweepRun.Figures? {
    let provenance = try TrainTool.naming("\(path)/best.ferm") { () throws(FormatError) in
      try ModelFile(path: "\(path)/best.ferm").provenance
    }
    func real(_ key: String) -> Double? {
      if case .real(let number)? = provenance[key] { number } else { nil }
    }
    func whole(_ key: String) -> Int? {
      if case .integer(let number)? = provenance[key] { Int(number) } else { nil }
    }
    guard let epoch = whole("train.epoch"), let accuracy = real("validation.accuracy"),
      let low = real("validation.interval95.low"), let high = real("validation.interval95.high"),
      let loss = real("validation.loss")
    else { return nil }
    return SweepRun.Figures(
      epoch: epoch, accuracy: accuracy, low: low, high: high, loss: loss,
      faces: whole("validation.faces") ?? 0)
  }
}
