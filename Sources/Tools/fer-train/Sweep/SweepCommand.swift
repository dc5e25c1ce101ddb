import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train sweep`: trains every combination of settings, and says which is best.
enum SweepCommand {
  static func run(_ words: [String]) throws -> Int32 {
    if words.first == SweepChild.word { return SweepChild.run(Array(words.dropFirst())) }
    let items = OptionWords.split(words, valued: SweepPlan.valued)
    let now = try SweepPlan.parsed(items.filter { !$0.isGrid }.flatMap { $0.words })
    if TrainTool.answered(now, help) { return ExitStatus.success }
    let words = try Configuration.expanded(words, valued: SweepPlan.valued, flags: SweepPlan.flags)
    guard let out = try SweepPlan.parsed(outside(words)).string("--out") else {
      throw UsageError("--out names the sweep's folder, and it is missing.")
    }
    guard !FileSystem.isFile(out) else { throw UsageError("--out names a folder, and \(out) is a file.") }
    let resumes = now.has("--resume")
    guard !(resumes && now.has("--overwrite")) else {
      throw UsageError("--resume goes on with a sweep and --overwrite replaces it; choose one.")
    }
    StopSignals.listen()
    StopSignals.moment = .sweep
    let jobs = try now.integer("--jobs", in: 1...256) ?? 1
    let threads = try Workers(count: try now.integer("--threads", in: 1...256) ?? 0).count
    let lock = RunLock(out, of: "sweep")
    if FileSystem.isFolder(out) { try lock.take() }

    let stored = resumes ? try SweepFolder(out) : nil
    if let stored {
      try StoredCommand.check(
        stored.document.command, valued: SweepPlan.valued, flags: SweepPlan.flags, in: "\(out)/sweep.json")
      try refuseChanges(words, to: stored)
    }
    let plan = try SweepPlan(stored?.document.command ?? words, out: out)
    let folder =
      try stored ?? SweepFolder(begin: out, plan, overwrite: now.has("--overwrite"))
    try lock.take()
    RunLog.open(out)
    let quiet = now.has("--quiet")
    let each = max(1, threads / jobs)
    narrate(summary(plan, jobs: jobs, threads: each), quietly: quiet)
    let outcome = try SweepRunner(plan, folder, jobs: jobs, threads: each, quiet: quiet).run()
    guard let finished = outcome.folder else {
      if outcome.status == ExitStatus.success {
        narrate("stopped; go on with:\n  fer-train sweep --resume --out \(out.shell)")
      }
      return outcome.status
    }
    print(SweepReport(finished, plan).text())
    try finished.writePage()
    narrate("written: \(out.printable)/report.html, table.csv, runs.csv and sweep.json", quietly: quiet)
    return outcome.status
  }

  private static func outside(_ words: [String]) -> [String] {
    OptionWords.split(words, valued: SweepPlan.valued).filter { !$0.isGrid }.flatMap { $0.words }
  }

  /// A sweep that goes on keeps what it was begun with.
  private static func refuseChanges(_ words: [String], to stored: SweepFolder) throws(TrainError) {
    let items = OptionWords.split(words, valued: SweepPlan.valued)
    guard let item = items.first(where: { $0.isGrid || !SweepPlan.free.contains($0.subject) }) else { return }
    throw .checkpoint(
      "\(stored.path): a sweep goes on with what it was begun with; leave \(item.isGrid ? OptionWords.grid : item.subject) out, or begin another sweep."
    )
  }

  private static func summary(_ plan: SweepPlan, jobs: Int, threads: Int) -> String {
    let (settings, seeds) = (plan.combinations.count, plan.seeds.count)
    let pace =
      "\(jobs == 1 ? "one at a time" : "\(jobs) at a time"), with \(threads) \(threads == 1 ? "thread" : "threads")\(jobs == 1 ? "" : " each")"
    guard let halving = plan.halving else {
      return "\(settings) settings, \(seeds) \(seeds == 1 ? "run" : "runs") each; \(pace)"
    }
    var (left, rounds) = (settings, [String]())
    for length in halving.lengths {
      rounds.append("\(left) settings for \(length) epochs")
      left = halving.kept(of: left)
    }
    return "\(rounds.joined(separator: ", then ")), \(seeds) \(seeds == 1 ? "run" : "runs") each; \(pace)"
  }
}
