import FermFormat
import FermTrain
import Foundation

/// What the files of a run say of it, once it has ended or stopped.
struct RunRecord {
  let path: String
  /// The command line that it was begun with.
  let command: [String]
  /// The program and the day.
  let begun: (tool: String, date: String)?
  let state: TrainingState
  let best: Model
  /// For each epoch its seconds; nil where nobody knows any more.
  let seconds: [Double?]

  /// Reads the files of a run's folder.
  ///
  /// - Throws: `checkpoint` for a folder that is no run, or one that ended before its first checkpoint.
  init(_ path: String) throws(TrainError) {
    self.path = path
    guard FileSystem.isFile("\(path)/args.json") else {
      throw .checkpoint("\(path): this is no folder of a run: it holds no args.json; name what --out named.")
    }
    guard !FileSystem.isFolder("\(path)/fold_1") else {
      throw .checkpoint(
        "\(path): this folder holds runs, one a fold; name one of them, such as \(path)/fold_1.")
    }
    command = try RunFolder.command(of: path)
    state = try RunFolder.last(of: path).state
    best = try RunFolder.best(of: path)
    begun = Self.begun(path)
    seconds = Self.seconds(path, epochs: state.history.count)
  }

  private static func begun(_ path: String) -> (tool: String, date: String)? {
    guard let data = FileManager.default.contents(atPath: "\(path)/args.json"),
      let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
      let tool = object["tool"] as? String, let date = object["date"] as? String
    else { return nil }
    return (tool, date)
  }

  private static func seconds(_ path: String, epochs: Int) -> [Double?] {
    let text = (try? String(contentsOfFile: "\(path)/results.csv", encoding: .utf8)) ?? ""
    var seconds = [Double?](repeating: nil, count: epochs)
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == 7, let epoch = Int(fields[0]), (1...max(epochs, 1)).contains(epoch), epochs > 0
      else { continue }
      seconds[epoch - 1] = Double(fields[6])
    }
    return seconds
  }
}
