import FermTrain
import Foundation

/// Which epochs a run keeps as checkpoints beside last.ferm: every so many (`epoch_20.ferm`), and the best ones by validation
/// accuracy (`best_0.68421_epoch_0020.ferm`, so that names sort by accuracy).
struct KeptEpochs {
  /// Every so many; 0 is none.
  let every: Int
  /// How many of the best; 0 is none.
  let best: Int

  /// The files of an epoch that was just done.
  func names(after state: TrainingState) -> [String] {
    var names: [String] = []
    if every > 0, state.epoch % every == 0 { names.append("epoch_\(state.epoch).ferm") }
    return names + bestNames(state).filter { Self.epoch(of: $0) == state.epoch }
  }

  /// Whether a file of the best epochs has had its time: better ones have come, or the run has gone back to before it.
  func isOutdated(_ name: String, _ state: TrainingState) -> Bool {
    best > 0 && name.hasPrefix("best_") && Self.isOne(name) && !bestNames(state).contains(name)
  }

  /// The best epochs, the earlier one of equals first.
  private func bestNames(_ state: TrainingState) -> [String] {
    let scored = state.history.enumerated().map { i, row in
      (epoch: i + 1, score: row.validationAccuracy)
    }
    return scored.filter { $0.score.isFinite }.sorted { ($1.score, $0.epoch) < ($0.score, $1.epoch) }
      .prefix(best).map { String(format: "best_%.5f_epoch_%04d.ferm", $0.score, $0.epoch) }
  }

  /// Whether a file is a checkpoint that runs keep.
  static func isOne(_ name: String) -> Bool { epoch(of: name) != nil }

  /// The epoch after which a checkpoint was kept, by its name.
  static func epoch(of name: String) -> Int? {
    guard name.hasSuffix(".ferm") else { return nil }
    var stem = name.dropLast(5)
    if stem.hasPrefix("best_") {
      stem = stem.dropFirst(5)
      guard let line = stem.firstIndex(of: "_"), Double(stem[..<line]) != nil else { return nil }
      stem = stem[stem.index(after: line)...]
    }
    guard stem.hasPrefix("epoch_") else { return nil }
    let digits = stem.dropFirst(6)
    return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
  }
}
