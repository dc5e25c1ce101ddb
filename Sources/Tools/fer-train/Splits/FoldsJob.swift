import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// Cross-validation: a run for each fold, one after the other, and what they say together.
///
/// Each is an ordinary run in a folder of its own, begun with `--val k/K`; so all of it goes on where it stopped.
struct FoldsJob {
  private let out: String
  private let count: Int
  /// The command line of all folds, without `--folds` and `--out`.
  private let words: [String]
  /// What this call of the program says, without `--out`.
  private let now: [String]
  private let resumes: Bool
  private let overwrites: Bool

  /// Prepares the runs.
  ///
  /// - Parameters:
  ///   - arguments: the command line that the runs were begun with.
  ///   - now: that of this call.
  init(
    _ arguments: Arguments, _ words: [String], now: Arguments, _ nowWords: [String], out: String,
    resumes: Bool
  ) throws {
    for option in ["--val", "--from-epoch"] where arguments.string(option) ?? now.string(option) != nil {
      throw UsageError("\(option) has no effect with --folds; leave it out.")
    }
    self.out = out
    count = try arguments.integer("--folds", in: ValidationChoice.folds) ?? 0
    self.words = FitOptions.without(["--folds", "--out", "--overwrite"], words)
    self.now = FitOptions.without(["--folds", "--out"], nowWords)
    self.resumes = resumes
    overwrites = now.has("--overwrite")
  }

  /// Trains what is left, and tells what all folds say together.
  func run() throws -> Int32 {
    let folder = try RunFolder(out, overwrite: overwrites, resume: resumes)
    if !resumes {
      let data = try FitCommand.parsed(words).string("--data") ?? FitOptions.usualData()
      try RunPlace.refuse(out, among: data)
      try folder.claim(RunPaths.absolute(words + ["--folds", "\(count)"], data: data), [])
    }
    var status = ExitStatus.success
    for fold in 1...count {
      narrate("fold \(fold) of \(count)")
      do { status = max(status, try run(fold)) } catch {
        // What cannot be begun leaves no folder behind.
        if !resumes, fold == 1, !FileSystem.isFile("\(out)/fold_1/args.json") { folder.abandon() }
        throw error
      }
      RunLog.close()
      guard !StopSignals.wantsStop else {
        narrate("stopped in fold \(fold) of \(count); go on with:\n  fer-train --resume --out \(out.shell)")
        return status
      }
    }
    let results = try FoldResults(out, count: count)
    try folder.write(results.csv, to: "folds.csv")
    print(results.text)
    return status
  }

  /// Begins a fold's run, or goes on with it.
  private func run(_ fold: Int) throws -> Int32 {
    let place = "\(out)/fold_\(fold)"
    if resumes, FileSystem.isFile("\(place)/last.ferm") {
      return try FitCommand.run(now + ["--out", place])
    }
    let begun = FileSystem.isFile("\(place)/args.json")
    let replaces = overwrites || resumes && begun
    return try FitCommand.run(
      words + ["--val", "\(fold)/\(count)", "--out", place] + (replaces ? ["--overwrite"] : []))
  }
}
