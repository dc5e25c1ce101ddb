import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// `fer-train compare`: which of several runs is better, and whether that is more than noise.
enum CompareCommand {
  static func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(
      words, valued: ["--out", "--test", "--data", "--against", "--threads"], flags: ["--last"],
      foreign: ForeignNames.measuring)
    if TrainTool.answered(arguments, help) { return ExitStatus.success }
    let given = arguments.positional
    guard !given.isEmpty else { throw UsageError("compare needs the folders of runs, or that of a sweep.") }
    guard (arguments.string("--test") == nil) == (arguments.string("--data") == nil) else {
      throw UsageError("--test names a split and --data the faces that it is one of; both are needed.")
    }
    let folder = try arguments.path("--out").map { try ComparisonFolder($0) }
    let isSweep = given.count == 1 && SweepFolder.isSweep(given[0])
    let against = try arguments.choice("--against", of: ["first", "best"]) ?? (isSweep ? "best" : "first")
    let workers = try Workers(count: try arguments.integer("--threads", in: 1...256) ?? 0)
    let runs = isSweep ? try finished(try SweepFolder(given[0])) : try named(given)
    let weights: ComparedRun.Weights = arguments.has("--last") ? .last : .best
    let judged = try judged(runs, weights, arguments, workers)
    var rows = ComparedRow.rows(judged, namesSettings: isSweep)
    if isSweep { rows.sort { $0.accuracy.mean > $1.accuracy.mean } }
    let best = rows.indices.max { rows[$0].accuracy.mean < rows[$1].accuracy.mean } ?? 0
    let comparison = try Comparison(
      rows, reference: against == "best" ? best : 0, split: arguments.string("--test"), weights)
    let table = ComparisonTable(comparison: comparison)
    print(table.text)
    try folder?.write(table)
    return ExitStatus.success
  }

  private static func named(_ paths: [String]) throws -> [ComparedRun] {
    let runs = try paths.map { try ComparedRun($0) }
    for (place, path) in paths.enumerated() {
      if let other = paths[..<place].first(where: {
        FileIdentity(FilePath($0)) == FileIdentity(FilePath(path))
      }) {
        throw UsageError("\(path): this run is named twice\(path == other ? "" : ", as \(other), too").")
      }
    }
    guard runs.count > 1 else {
      throw UsageError("compare needs two runs or more, or a sweep; \(paths[0]) is one run.")
    }
    return runs
  }

  /// The runs of a sweep that came to their end; the others are told of.
  private static func finished(_ sweep: SweepFolder) throws -> [ComparedRun] {
    let runs = sweep.lastRuns.filter { $0.state == .finished }
    let rest = sweep.lastRuns.count - runs.count
    if rest > 0 {
      narrate("\(sweep.path): \(rest) of \(sweep.lastRuns.count) runs have not ended well and are left out")
    }
    guard !runs.isEmpty else { throw TrainError.data("\(sweep.path): no run of this sweep has ended.") }
    return try runs.map { try ComparedRun(sweep.path(of: $0)) }
  }

  /// What the runs have right, of the split that is asked for or of their own validation faces.
  private static func judged(
    _ runs: [ComparedRun], _ weights: ComparedRun.Weights, _ arguments: Arguments, _ workers: Workers
  ) throws -> [(run: ComparedRun, answers: Answers)] {
    guard let split = arguments.string("--test"), let data = arguments.string("--data") else {
      return try runs.map { ($0, try Answers(own: $0, weights, workers)) }
    }
    var told = Set<String>()
    return try runs.map { run in
      let (answers, rule) = try Answers.of(run, weights, data: data, split: split, workers)
      if told.insert(rule).inserted { narrate(rule) }
      return (run, answers)
    }
  }
}
