import FermFormat
import FermToolSupport
import FermTrain
import Foundation

/// What the runs of a cross-validation say together.
struct FoldResults {
  /// One run.
  private struct Fold {
    let faces: Int
    let bestEpoch: Int
    let best: Double
    let epochs: Int
    let last: Double

    /// Reads a finished run.
    init(_ path: String) throws {
      let file = "\(path)/last.ferm"
      let (provenance, bytes) = try TrainTool.naming(file) { () throws(FormatError) in
        let opened = try ModelFile(path: file)
        return (opened.provenance, try opened.trainingState())
      }
      guard let bytes, case .integer(let faces)? = provenance["validation.faces"] else {
        throw TrainError.checkpoint("\(file): it says nothing of a fold.")
      }
      let state = try TrainingState(bytes)
      self.faces = Int(faces)
      (best, bestEpoch, epochs) = (state.best.score, state.best.epoch, state.epoch)
      last = state.history.last?.validationAccuracy ?? .nan
    }
  }

  private let folds: [Fold]

  /// Reads the runs of a folder.
  init(_ path: String, count: Int) throws {
    folds = try (1...count).map { try Fold("\(path)/fold_\($0)") }
  }

  /// A row for each fold.
  var csv: String {
    "fold,faces,best_epoch,best_accuracy,epochs,last_accuracy\n"
      + folds.enumerated().map { place, fold in
        "\(place + 1),\(fold.faces),\(fold.bestEpoch),\(fold.best),\(fold.epochs),\(fold.last)\n"
      }.joined()
  }

  /// The folds, their mean and deviation, and all their faces together.
  var text: String {
    func percent(_ value: Double, _ places: Int = 2) -> String {
      String(format: "%.\(places)f", 100 * value)
    }
    func summary(_ name: String, _ value: (Fold) -> Double) -> String {
      let values = folds.map(value)
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / Double(values.count - 1)).squareRoot()
      let all = folds.reduce(0) { $0 + $1.faces }
      let right = folds.reduce(0) { $0 + (value($1) * Double($1.faces)).rounded() }
      let share = right / Double(max(all, 1))
      let (low, high) = Evaluation.interval(of: share, count: all)
      return
        "\(name): mean \(percent(mean)) %, deviation \(percent(deviation)); all \(all) faces together \(percent(share)) % (95 % interval \(percent(low)) to \(percent(high)))"
    }
    let rows = folds.enumerated().map { place, fold in
      "fold \(place + 1): \(fold.faces) faces, best epoch \(fold.bestEpoch) \(percent(fold.best)) %, last epoch \(percent(fold.last)) %"
    }
    return
      (rows + [
        summary("last epochs", { $0.last }), summary("best epochs", { $0.best }),
        "a best epoch was chosen by the faces that it is scored on, the last one was not",
      ]).joined(separator: "\n")
  }
}
