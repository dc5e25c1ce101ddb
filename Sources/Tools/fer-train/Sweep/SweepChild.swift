import FermToolSupport
import FermTrain

/// One run of a sweep, in a process of its own: `fer-train sweep one-run ...` trains as `fer-train ...` does, and tells by its
/// status how the run ended. For the sweep alone, which starts it.
enum SweepChild {
  static let word = "one-run"

  /// What the process ends with, beside the statuses that every tool has.
  enum Status {
    static let diverged: Int32 = 64
    static let stopped: Int32 = 65
  }

  static func run(_ words: [String]) -> Int32 {
    do {
      let status = try FitCommand.run(words)
      return StopSignals.moment == .ending ? status : Status.stopped
    } catch {
      let verdict = TrainTool.verdict(on: error)
      narrate(verdict.sentence)
      if case TrainError.diverged? = error as? TrainError { return Status.diverged }
      return verdict.status
    }
  }
}
