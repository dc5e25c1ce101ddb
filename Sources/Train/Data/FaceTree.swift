internal import FermFiles

/// What lies below a folder.
struct FaceTree {
  /// One folder; hidden names are not part of it.
  struct Folder {
    let path: FilePath
    /// The places in `files` of everything below it.
    fileprivate(set) var files: Range<Int>
    /// How many of those lie in the folder itself.
    fileprivate(set) var ownFiles = 0
    fileprivate(set) var folders: [Folder] = []

    /// The same folder, some of its folders left out.
    func keeping(_ folders: [Folder]) -> Folder {
      var copy = self
      copy.folders = folders
      return copy
    }

    /// The last part of the path.
    var name: ArraySlice<UInt8> { path.lastPart }
    /// The split that its name means.
    var split: FaceSplit? { FaceSplit(named: String(decoding: name, as: UTF8.self)) }
  }

  /// All files, in the order of their paths.
  let files: [FilePath]
  /// Folders that are not listed, and why.
  let unlisted: [(path: FilePath, reason: String)]
  /// The folder itself.
  let root: Folder

  /// Lists everything below `path`; links are followed, and loops of links noted.
  init(_ path: FilePath) {
    var path = path
    while path.bytes.count > 1, path.bytes.last == UInt8(ascii: "/") {
      path = FilePath(bytes: path.bytes.dropLast())
    }
    var files: [FilePath] = []
    var unlisted: [(path: FilePath, reason: String)] = []
    var open = [Folder(path: path, files: 0..<0)]
    /// Closes the folders that `inner` does not lie in.
    func close(until inner: FilePath?) {
      while let last = open.last, open.count > 1, !(inner.map { last.path.holds($0) } ?? false) {
        var folder = open.removeLast()
        folder.files = folder.files.lowerBound..<files.count
        open[open.count - 1].folders.append(folder)
      }
    }
    var walk = FolderWalk(path)
    while let entry = walk.next() {
      switch entry {
      case .file(let file):
        close(until: file)
        files.append(file)
        open[open.count - 1].ownFiles += 1
      case .folder(let folder):
        close(until: folder)
        open.append(Folder(path: folder, files: files.count..<files.count))
      case .unreadable(let folder, let reason):
        unlisted.append((folder, reason))
      }
    }
    close(until: nil)
    open[0].files = 0..<files.count
    (self.files, self.unlisted, root) = (files, unlisted, open[0])
  }
}

extension FilePath {
  /// Whether `inner` lies somewhere below this folder.
  func holds(_ inner: FilePath) -> Bool {
    inner.bytes.count > bytes.count && inner.bytes.starts(with: bytes)
      && (inner.bytes[bytes.count] == UInt8(ascii: "/") || bytes.last == UInt8(ascii: "/"))
  }
}
