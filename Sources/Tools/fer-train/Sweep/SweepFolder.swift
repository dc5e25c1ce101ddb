import FermTrain
import Foundation

/// The folder of a sweep, as it is read: sweep.json says what was asked for and how each run stands; `runs` holds their folders.
struct SweepFolder {
  /// What sweep.json says.
  struct Document: Decodable {
    /// The command line that the sweep was begun with.
    let command: [String]
    /// The settings that vary, in the order of the columns.
    let keys: [String]
    let seeds: [Int]
    var runs: [SweepRun]
  }

  let path: String
  var document: Document

  var keys: [String] { document.keys }
  var seeds: [Int] { document.seeds }
  /// Every run, setting by setting, those of one setting in the order of the seeds.
  var runs: [SweepRun] { document.runs }
  /// The runs that are compared with each other: all of them, or those of the last round where settings are halved.
  var lastRuns: [SweepRun] {
    let last = runs.compactMap { $0.round }.max()
    return runs.filter { $0.round == last }
  }

  /// The folder of a run.
  func path(of run: SweepRun) -> String { "\(path)/runs/\(run.name)" }

  /// Whether a folder is that of a sweep.
  static func isSweep(_ path: String) -> Bool { FileSystem.isFile("\(path)/sweep.json") }

  /// Reads sweep.json.
  ///
  /// - Throws: `checkpoint` for a folder that is no sweep's.
  init(_ path: String) throws(TrainError) {
    guard Self.isSweep(path), let data = FileManager.default.contents(atPath: "\(path)/sweep.json") else {
      throw .checkpoint("\(path): there is no sweep in this folder (no sweep.json).")
    }
    do { document = try JSONDecoder().decode(Document.self, from: data) } catch {
      throw .checkpoint(
        "\(path)/sweep.json: this is not what fer-train sweep writes; begin the sweep again with --overwrite."
      )
    }
    self.path = path
  }
}
