internal import Glibc

/// The files below a folder in the order of their paths' bytes, one folder's names in memory at a time.
///
/// Hidden names are passed over. Links to folders are followed, each folder once: a link that leads back to a folder above it,
/// or to one that an earlier link led to, is named instead.
public struct FolderWalk: Sendable {
  /// What is found.
  public enum Entry: Sendable {
    /// A folder below the first one; what it holds comes next.
    case folder(FilePath)
    /// Anything that is no folder.
    case file(FilePath)
    /// A folder that is not listed, and why: the system's reason, or a link that leads nowhere new.
    case unreadable(FilePath, reason: String)
  }

  private var levels: [Level] = []
  /// Folders that a link led to.
  private var linked: Set<FileIdentity> = []
  /// The folders that the first one lies in.
  private let above: Set<FileIdentity>
  private var pending: Entry?
  private let isRecursive: Bool

  /// How many links to folders were followed so far.
  public var followedLinks: Int { linked.count }

  /// Lists a folder.
  ///
  /// - Parameter recursively: false for its own files alone.
  public init(_ folder: FilePath, recursively: Bool = true) {
    isRecursive = recursively
    above = Self.above(folder)
    open(folder)
    // The first folder is not found but given; that it cannot be listed is said.
    if case .folder? = pending { pending = nil }
  }

  /// The next file or folder.
  public mutating func next() -> Entry? {
    while true {
      if let entry = pending {
        pending = nil
        return entry
      }
      guard let last = levels.indices.last else { return nil }
      guard let (name, kind) = levels[last].next() else {
        levels.removeLast()
        continue
      }
      let path = levels[last].folder.appending(name)
      switch kind {
      case .file: return .file(path)
      case .folder: if isRecursive { open(path) }
      case .link: if isRecursive { follow(path) }
      }
    }
  }

  private mutating func open(_ folder: FilePath) {
    do throws(SystemError) {
      levels.append(try Level(folder))
      pending = .folder(folder)
    } catch {
      pending = .unreadable(folder, reason: systemReason(error.number))
    }
  }

  /// Lists the folder that a link leads to, unless that was done.
  private mutating func follow(_ link: FilePath) {
    guard let identity = FileIdentity(link) else { return open(link) }
    if above.contains(identity) || levels.contains(where: { $0.identity == identity }) {
      pending = .unreadable(link, reason: "a link to a folder that it is in itself")
    } else if !linked.insert(identity).inserted {
      pending = .unreadable(link, reason: "a link to a folder that another link led to before")
    } else {
      open(link)
    }
  }

  /// The folders above this one, up to the root.
  private static func above(_ folder: FilePath) -> Set<FileIdentity> {
    var found: Set<FileIdentity> = []
    var path = folder
    repeat {
      path = path.appending("..".utf8)
    } while FileIdentity(path).map { found.insert($0).inserted } ?? false
    return found
  }

  /// An errno.
  private struct SystemError: Error { let number: Int32 }

  /// What a name in a folder is.
  private enum Kind {
    case file
    case folder
    /// A link that leads to a folder.
    case link
  }

  /// One folder's names, sorted.
  private struct Level: Sendable {
    let folder: FilePath
    let identity: FileIdentity?
    /// Names one after the other, a slash after those of folders and two after those of links to some, NUL after each.
    private var names: [UInt8] = []
    private var starts: [Int] = []
    private var given = 0

    init(_ folder: FilePath) throws(SystemError) {
      self.folder = folder
      guard let name = folder.systemName else { throw SystemError(number: ENOENT) }
      guard let handle = opendir(name) else { throw SystemError(number: errno) }
      defer { closedir(handle) }
      identity = FileIdentity(descriptor: dirfd(handle))
      errno = 0
      while let entry = readdir(handle) {
        guard entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) else { continue }
        let start = names.count
        withUnsafeBytes(of: &entry.pointee.d_name) { names += $0.prefix { $0 != 0 } }
        // With its slash a folder comes where its files' paths belong.
        switch Self.kind(of: folder.appending(names[start...]), type: Int(entry.pointee.d_type)) {
        case .file: names.append(0)
        case .folder: names += [UInt8(ascii: "/"), 0]
        case .link: names += [UInt8(ascii: "/"), UInt8(ascii: "/"), 0]
        }
        starts.append(start)
        errno = 0
      }
      guard errno == 0 else { throw SystemError(number: errno) }
      names.withUnsafeBytes { bytes in
        guard let first = bytes.bindMemory(to: CChar.self).baseAddress else { return }
        // SAFETY: every start is that of a name that ends with NUL.
        starts.sort { strcmp(first + $0, first + $1) < 0 }
      }
    }

    /// - Parameter type: what the folder itself says of the name; not every file system does.
    private static func kind(of path: FilePath, type: Int) -> Kind {
      if type == Int(DT_DIR) { return .folder }
      guard type == Int(DT_LNK) || type == Int(DT_UNKNOWN), let name = path.systemName else { return .file }
      var status = stat()
      guard stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return .file }
      guard lstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return .folder }
      return .link
    }

    mutating func next() -> (name: ArraySlice<UInt8>, kind: Kind)? {
      guard given < starts.count else { return nil }
      let start = starts[given]
      given += 1
      let name = names[start...].prefix { $0 != 0 }
      let slashes = name.reversed().prefix { $0 == UInt8(ascii: "/") }.count
      return (name.dropLast(slashes), slashes == 0 ? .file : slashes == 1 ? .folder : .link)
    }
  }
}
