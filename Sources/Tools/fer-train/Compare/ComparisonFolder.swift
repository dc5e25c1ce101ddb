import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// Where a comparison is written to.
struct ComparisonFolder {
  private let path: FilePath

  /// Makes the folder where it is not there yet.
  ///
  /// - Throws: `UsageError` for a file, and for the folder of a run or a sweep, whose files have the same names.
  init(_ path: FilePath) throws {
    self.path = path
    let text = path.text
    guard !FileSystem.isFile(text) else { throw UsageError("--out names a folder, and \(text) is a file.") }
    for file in ["args.json", "sweep.json"] where FileSystem.isFile("\(text)/\(file)") {
      throw UsageError("\(text): there is a run or a sweep in this folder; choose another --out.")
    }
    do { try FileManager.default.createDirectory(atPath: text, withIntermediateDirectories: true) } catch {
      throw TrainError.data("\(text): the folder cannot be made: \(error.localizedDescription)")
    }
  }

  /// Writes the table, and the charts that its rows have what it takes for.
  func write(_ table: ComparisonTable) throws {
    try write(table.csv, "compare.csv")
    for (name, text) in ComparisonCharts(comparison: table.comparison).files { try write(text, name) }
  }

  private func write(_ text: String, _ name: String) throws {
    try OutputFile.write(Array(text.utf8), to: FilePath("\(path.text)/\(name)"))
    narrate("written: \(path.text)/\(name)")
  }
}
