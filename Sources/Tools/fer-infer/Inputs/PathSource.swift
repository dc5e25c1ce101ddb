import FermFiles
import FermToolSupport
import Glibc

/// Pictures by path: files, folders, and `-` for a list of both on standard input.
struct PathSource: InputSource {
  private var arguments: ArraySlice<FilePath>
  private let separator: UInt8
  private let isRecursive: Bool
  private var list: ByteRecords?
  private var walk: FolderWalk?
  private var walked = (folder: FilePath(""), files: 0)
  private(set) var complaints: [String] = []

  /// - Parameter separator: what ends each path of a list.
  init(_ arguments: [FilePath], separator: UInt8, recursively: Bool) {
    self.arguments = arguments[...]
    self.separator = separator
    isRecursive = recursively
  }

  mutating func next() -> Work? {
    while true {
      if let work = nextOfFolder() ?? nextOfList() { return work }
      if walk != nil || list != nil { continue }
      guard let argument = arguments.popFirst() else { return nil }
      if argument == FilePath("-") {
        list = ByteRecords()
      } else if let work = expand(argument) {
        return work
      }
    }
  }

  /// A file's work; nil for a folder, whose files come next.
  private mutating func expand(_ path: FilePath) -> Work? {
    guard isFolder(path) else { return Work(path: path) }
    walk = FolderWalk(path, recursively: isRecursive)
    walked = (path, 0)
    return nil
  }

  private mutating func nextOfFolder() -> Work? {
    var entry = walk?.next()
    while case .folder? = entry { entry = walk?.next() }
    switch entry {
    case .file(let path):
      walked.files += 1
      return Work(path: path, wasListed: true)
    case .unreadable(let path, let reason):
      walked.files += 1
      return Work(
        path: path,
        failure: InputFailure(
          code: "unreadable",
          message: "The folder cannot be listed (\(reason)): give one that you may read."))
    case .folder, nil:
      if walk != nil, walked.files == 0 {
        complaints.append("\(walked.folder.printable): there are no files in this folder.")
      }
      walk = nil
      return nil
    }
  }

  private mutating func nextOfList() -> Work? {
    while let path = list?.next(endingWith: separator) {
      guard !path.isEmpty else { continue }
      if let work = expand(FilePath(bytes: path)) ?? nextOfFolder() { return work }
    }
    if let failure = list?.failure { complaints.append("standard input: it cannot be read: \(failure).") }
    list = nil
    return nil
  }

  private func isFolder(_ path: FilePath) -> Bool {
    var status = stat()
    guard let name = path.systemName else { return false }
    return stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
