import FermFiles
import FermToolSupport
import FermTrain
import Foundation

extension SweepFolder {
  private static let parts = ["sweep.json", "runs.csv", "table.csv", "report.html"]

  /// Begins a sweep in a folder that is locked.
  ///
  /// - Throws: `data` where there is another sweep, or a run.
  init(begin path: String, _ plan: SweepPlan, overwrite: Bool) throws {
    if overwrite, Self.isSweep(path) { try SweepFolder(path).remove() }
    guard !Self.isSweep(path) else {
      throw TrainError.data(
        "\(path): there is a sweep in this folder; --resume it, --overwrite it, or choose another --out.")
    }
    let manager = FileManager.default
    guard !FileSystem.isFile("\(path)/args.json"),
      (try? manager.contentsOfDirectory(atPath: "\(path)/runs"))?.isEmpty ?? true
    else {
      throw TrainError.data("\(path): there are runs in this folder, and no sweep; choose another --out.")
    }
    do { try manager.createDirectory(atPath: "\(path)/runs", withIntermediateDirectories: true) } catch {
      throw TrainError.data("\(path)/runs: the folder cannot be made: \(error.localizedDescription)")
    }
    self.path = path
    document = Document(command: plan.command, keys: plan.keys, seeds: plan.seeds, runs: plan.firstRuns)
    try write()
  }

  /// Writes all files, sweep.json first, which decides.
  func write() throws(TrainError) {
    let json = JSONValue.members(
      ("command", .array(document.command.map { .string($0) })), ("keys", .array(keys.map { .string($0) })),
      ("seeds", .array(seeds.map { .int($0) })), ("runs", .array(runs.map { $0.json(keys) })))
    for (name, text) in [
      ("sweep.json", json.rendered(pretty: true) + "\n"), ("runs.csv", SweepTable.csv(of: self)),
      ("table.csv", SweepTable(self).csv),
    ] {
      do throws(FileError) {
        try OutputFile.write(Array(text.utf8), to: FilePath("\(path)/\(name)"))
      } catch { throw .data(error.message) }
    }
  }

  /// Writes the page that shows all runs.
  func writePage() throws(TrainError) {
    let page = try SweepPage(folder: self, isInFolder: true).bytes()
    do throws(FileError) { try OutputFile.write(page, to: FilePath("\(path)/report.html")) } catch {
      throw .data(error.message)
    }
  }

  /// Removes the sweep: its files and its runs' folders.
  private func remove() throws {
    let manager = FileManager.default
    let folders = Set(runs.map { path(of: $0) }).filter { FileSystem.isFolder($0) }
    let files = Self.parts.map { "\(path)/\($0)" }.filter { FileSystem.isFile($0) }
    do { for old in folders + files { try manager.removeItem(atPath: old) } } catch {
      throw TrainError.data("\(path): an earlier sweep cannot be removed: \(error.localizedDescription)")
    }
  }
}
