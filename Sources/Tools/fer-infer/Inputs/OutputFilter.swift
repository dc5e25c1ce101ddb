import FermFiles
import Glibc

/// Tells what this run writes from what it is to read, where both lie in one folder.
struct OutputFilter {
  private let files: Set<FileIdentity>
  private let folder: FileIdentity?
  /// The folder that was looked at last, and whether it is the one.
  private var last = (path: FilePath(""), isOutput: false)

  /// - Parameters:
  ///   - files: where records and embeddings go.
  ///   - folder: where the dumped inputs go.
  init(files: [OutputFile] = [], folder: FilePath? = nil) {
    self.files = Set(files.flatMap { [$0.replaced, $0.written] }.compactMap { $0 })
    self.folder = folder.flatMap { FileIdentity($0) }
  }

  /// Whether a file that a folder's listing gave is this run's own.
  mutating func isOutput(_ path: FilePath) -> Bool {
    if let folder {
      let parent = path.folder
      if parent != last.path { last = (parent, FileIdentity(parent) == folder) }
      if last.isOutput { return true }
    }
    guard !files.isEmpty, let identity = FileIdentity(path) else { return false }
    return files.contains(identity)
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
