import FermFiles
import FermToolSupport
import Glibc

/// Folders that a run fills with files.
enum OutputFolder {
  /// Makes a folder unless it is there.
  ///
  /// - Parameters:
  ///   - option: what asks for it.
  ///   - isTree: whether files go into folders below it, too.
  ///   - inputs: what the run reads; `usage` is thrown where one of them is the folder or lies where files go.
  static func make(
    _ folder: FilePath, for option: String, isTree: Bool, unlike inputs: [FilePath]
  ) throws(FileError) {
    guard let name = folder.systemName, mkdir(name, 0o777) == 0 || errno == EEXIST && folder.isFolder else {
      throw FileError("\(folder.printable): the folder cannot be made: \(systemReason(errno)).")
    }
    guard let identity = FileIdentity(folder) else { return }
    for input in inputs {
      let own = input.isFolder ? input : input.folder
      guard isTree ? isBelow(own, identity) : FileIdentity(own) == identity else { continue }
      throw FileError(
        "\(folder.printable): \(FileIdentity(input) == identity ? "this is" : "here lies") an input, \(input.printable); choose another folder for \(option).",
        kind: .usage)
    }
  }

  /// Makes the folders between a folder and a file below it; a link among them leads elsewhere and is refused.
  static func makeParents(of file: FilePath, below folder: FilePath) throws(FileError) {
    let slash = UInt8(ascii: "/")
    for end in file.bytes.indices.dropFirst(folder.bytes.count + 1) where file.bytes[end] == slash {
      let part = FilePath(bytes: Array(file.bytes[..<end]))
      guard let name = part.systemName else { continue }
      var status = stat()
      let isThere = mkdir(name, 0o777) == 0 || errno == EEXIST
      guard isThere, lstat(name, &status) == 0 else {
        throw FileError("\(part.printable): the folder cannot be made: \(systemReason(errno)).")
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError(
          "\(part.printable): it is there already and not a folder: remove it, or choose another folder.")
      }
    }
  }

  /// Whether a folder is this one or lies below it.
  static func isBelow(_ folder: FilePath, _ identity: FileIdentity) -> Bool {
    var (path, seen) = (folder, Set<FileIdentity>())
    while let own = FileIdentity(path), seen.insert(own).inserted {
      if own == identity { return true }
      path = path.appending("..".utf8)
    }
    return false
  }
}
