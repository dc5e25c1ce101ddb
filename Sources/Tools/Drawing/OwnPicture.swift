public import FermFiles
internal import FermImage
internal import Glibc

/// Pictures that a program draws: they say so, and it replaces no others.
public struct OwnPicture: Sendable {
  /// What they are marked with: the program's name, in ASCII.
  public let mark: String

  /// The pictures of the program of this name.
  public init(of program: String) { mark = program }

  /// Sees to it that what is at a path may be replaced: nothing, an empty file, or a picture of the program's own.
  ///
  /// - Parameter inputs: what the run reads.
  /// - Throws: `usage` for anything else.
  public func allow(at path: FilePath, unlike inputs: [FilePath]) throws(FileError) {
    var status = stat()
    // SAFETY: the name ends with NUL.
    guard let name = path.systemName, unsafe lstat(name, &status) == 0 else { return }
    let identity = FileIdentity(path)
    if identity != nil, inputs.contains(where: { FileIdentity($0) == identity }) {
      throw FileError("\(path.printable): this output is an input; choose another name.", kind: .usage)
    }
    if status.st_mode & S_IFMT == S_IFREG {
      if status.st_size == 0 || ImageEncoder.made(fileAt: path.bytes, for: mark) { return }
    }
    throw FileError(
      "\(path.printable): it is there already and not a picture that \(mark) has drawn; choose another name, or remove it.",
      kind: .usage)
  }
}
