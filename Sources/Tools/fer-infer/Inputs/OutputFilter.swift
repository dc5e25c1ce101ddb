import FermFiles
import Glibc

/// Tells what this run writes from what it is to read, where both lie in one folder.
struct OutputFilter {
  private let files: Set<FileIdentity>
  private let folder: FileIdentity?
  private let tree: FileIdentity?
  /// The folder that was looked at last, and whether what it holds is of this run.
  private var last = (path: FilePath(""), isOutput: false)

  /// - Parameters:
  ///   - files: where records, embeddings and a sheet go.
  ///   - folder: where the dumped inputs go.
  ///   - tree: where the copies of photos go, into folders below it, too.
  init(files: [OutputFile] = [], folder: FilePath? = nil, tree: FilePath? = nil) {
    self.files = Set(files.flatMap { [$0.replaced, $0.written] }.compactMap { $0 })
    self.folder = folder.flatMap { FileIdentity($0) }
    self.tree = tree.flatMap { FileIdentity($0) }
  }

  /// Whether a file that a folder's listing gave is this run's own.
  mutating func isOutput(_ path: FilePath) -> Bool {
    if folder != nil || tree != nil {
      let parent = path.folder
      if parent != last.path { last = (parent, isOutput(folder: parent)) }
      if last.isOutput { return true }
    }
    guard !files.isEmpty, let identity = FileIdentity(path) else { return false }
    return files.contains(identity)
  }

  private func isOutput(folder parent: FilePath) -> Bool {
    if let folder, FileIdentity(parent) == folder { return true }
    return tree.map { OutputFolder.isBelow(parent, $0) } ?? false
  }
}

extension FilePath {
  /// The folder that the path is in.
  var folder: FilePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(".") }
    return FilePath(bytes: Array(bytes[...slash]))
  }

  /// Whether a folder is there.
  var isFolder: Bool {
    var status = stat()
    guard let name = systemName else { return false }
    return stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether something is there, be it a link to nowhere.
  var exists: Bool {
    var status = stat()
    guard let name = systemName else { return false }
    return lstat(name, &status) == 0
  }
}
