import FermFiles
import FermToolSupport
import FermTrain
import Foundation
import Glibc

/// Where a run may lie.
enum RunPlace {
  /// Refuses a folder among the faces: the next run would take it for a class, and its pictures for faces.
  ///
  /// - Parameter data: class folders, or splits of some; beside splits there is room for other things.
  static func refuse(_ out: String, among data: String) throws(UsageError) {
    guard FileSystem.isFolder(data) else { return }
    let (root, place) = (real(data), real(out))
    guard place == root || place.hasPrefix(root == "/" ? root : root + "/") else { return }
    let first = place.dropFirst(root.count).split(separator: "/").first.map(String.init) ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: data)) ?? []
    let hasSplits = names.contains { FaceSplit(named: $0) == .train && FileSystem.isFolder("\(data)/\($0)") }
    guard place == root || !hasSplits || FaceSplit(named: first) != nil else { return }
    throw UsageError(
      "\(out.printable): the run would lie among the faces of \(data.printable), and be taken for some of them; choose an --out beside it."
    )
  }

  /// The path without links, as far as it is there.
  private static func real(_ path: String) -> String {
    var (there, rest) = (URL(fileURLWithPath: path).standardized.path, "")
    while true {
      if let resolved = realpath(there, nil) {
        defer { free(resolved) }
        let known = String(cString: resolved)
        return rest.isEmpty ? known : (known == "/" ? "" : known) + rest
      }
      guard let slash = there.lastIndex(of: "/"), there != "/" else { return path }
      rest = there[slash...] + rest
      there = slash == there.startIndex ? "/" : String(there[..<slash])
    }
  }
}
