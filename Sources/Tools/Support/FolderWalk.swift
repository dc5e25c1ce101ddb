internal import Glibc

/// The files below a folder in the order of their paths' bytes, one folder's names in memory at a time.
///
/// Hidden names are passed over. Links to folders are not followed, so a loop of links has no way in.
public struct FolderWalk: Sendable {
  /// What is found.
  public enum Entry: Sendable {
    /// Anything that is no folder.
    case file(FilePath)
    /// A folder that cannot be listed, and the system's reason.
    case unreadable(FilePath, reason: String)
  }

  private var levels: [Level] = []
  private var pending: Entry?
  private let isRecursive: Bool

  /// Lists a folder.
  ///
  /// - Parameter recursively: false for its own files alone.
  public init(_ folder: FilePath, recursively: Bool = true) {
    isRecursive = recursively
    open(folder)
  }

  /// The next file.
  public mutating func next() -> Entry? {
    while true {
      if let entry = pending {
        pending = nil
        return entry
      }
      guard let last = levels.indices.last else { return nil }
      guard let (name, isFolder) = levels[last].next() else {
        levels.removeLast()
        continue
      }
      let path = levels[last].folder.appending(name)
      if !isFolder { return .file(path) }
      if isRecursive { open(path) }
    }
  }

  private mutating func open(_ folder: FilePath) {
    guard let level = Level(folder) else {
      pending = .unreadable(folder, reason: String(cString: strerror(errno)))
      return
    }
    levels.append(level)
  }

  /// One folder's names, sorted.
  private struct Level: Sendable {
    let folder: FilePath
    /// Names one after the other, a slash after those of folders, NUL after each.
    private var names: [UInt8] = []
    private var starts: [UInt32] = []
    private var given = 0

    /// - Returns: nil with errno when the folder cannot be listed.
    init?(_ folder: FilePath) {
      self.folder = folder
      errno = ENOENT
      guard let name = folder.systemName, let handle = opendir(name) else { return nil }
      defer { closedir(handle) }
      while let entry = readdir(handle) {
        guard entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) else { continue }
        let start = names.count
        withUnsafeBytes(of: &entry.pointee.d_name) { names += $0.prefix { $0 != 0 } }
        var isFolder = entry.pointee.d_type == DT_DIR
        if entry.pointee.d_type == DT_UNKNOWN {
          var status = stat()
          let path = folder.appending(names[start...]).systemName ?? []
          isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        }
        // With its slash a folder comes where its files' paths belong.
        names += isFolder ? [UInt8(ascii: "/"), 0] : [0]
        starts.append(UInt32(start))
      }
      names.withUnsafeBytes { bytes in
        guard let first = bytes.bindMemory(to: CChar.self).baseAddress else { return }
        // SAFETY: every start is that of a name that ends with NUL.
        starts.sort { strcmp(first + Int($0), first + Int($1)) < 0 }
      }
    }

    mutating func next() -> (name: ArraySlice<UInt8>, isFolder: Bool)? {
      guard given < starts.count else { return nil }
      let start = Int(starts[given])
      given += 1
      let name = names[start...].prefix { $0 != 0 }
      return name.last == UInt8(ascii: "/") ? (name.dropLast(), true) : (name, false)
    }
  }
}
