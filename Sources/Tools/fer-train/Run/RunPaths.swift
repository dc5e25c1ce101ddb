import FermToolSupport
import FermTrain
import Foundation

/// The words of a run's command that are paths.
///
/// The run's files hold a digest of what they lead to, so a resumed run may find it elsewhere.
enum RunPaths {
  /// The options that take a path; `--val` and `--network` take other words, too.
  private static let options = FitOption.all.filter { $0.isPath }.map { $0.name }

  /// Whether this option's value names something in the file system.
  static func isPath(_ option: String, _ value: String) -> Bool {
    if option == "--val" { return (try? ValidationChoice(value)) == .path(value) }
    if option == "--group" { return GroupRule.isTable(value) }
    if option == "--network" { return NetworkKind.isFile(value) }
    return options.contains(option)
  }

  /// The words with every path from the root, so that they mean the same from any working directory.
  ///
  /// - Parameter data: the faces, where the words leave them to their usual place.
  static func absolute(_ words: [String], data: String) -> [String] {
    var result: [String] = []
    var option: String?
    for word in words {
      if let name = option {
        result.append(isPath(name, word) ? absolute(word) : word)
        option = nil
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if parts.count == 2, isPath(parts[0], parts[1]) {
        result.append("\(parts[0])=\(absolute(parts[1]))")
      } else {
        if FitOptions.valued.contains(word) { option = word }
        result.append(word)
      }
    }
    let names = Set(words.map { String($0.prefix { $0 != "=" }) })
    return names.contains("--data") ? result : result + ["--data", absolute(data)]
  }

  /// The run's words, with the paths that are given anew in place of the old ones.
  static func moved(_ words: [String], to now: Arguments) -> [String] {
    let given = options.flatMap { name in
      now.strings(name).filter { isPath(name, $0) }.map { (name: name, value: $0) }
    }
    return FitOptions.without(Set(given.map { $0.name }), words) + given.flatMap { [$0.name, $0.value] }
  }

  /// A path from the root.
  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }
}
