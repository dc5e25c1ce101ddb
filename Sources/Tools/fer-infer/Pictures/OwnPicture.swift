import FermFiles
import FermImage
import FermToolSupport
import Glibc

/// Pictures that fer-infer draws: they say so, and it replaces no others.
enum OwnPicture {
  /// What they are marked with.
  static let mark = "fer-infer"

  /// Sees to it that what is at a path may be replaced: nothing, an empty file, or a picture of fer-infer's own.
  ///
  /// - Parameter inputs: what the run reads.
  /// - Throws: `usage` for anything else.
  static func allow(at path: FilePath, unlike inputs: [FilePath]) throws(FileError) {
    var status = stat()
    guard let name = path.systemName, lstat(name, &status) == 0 else { return }
    let identity = FileIdentity(path)
    if identity != nil, inputs.contains(where: { FileIdentity($0) == identity }) {
      throw FileError("\(path.printable): this output is an input; choose another name.", kind: .usage)
    }
    if status.st_mode & S_IFMT == S_IFREG {
      if status.st_size == 0 { return }
      let start = (try? ByteRecords(path: path)).map { Array($0.peek(1024)) }
      if let start, ImageEncoder.begins(start, asMadeBy: mark) { return }
    }
    throw FileError(
      "\(path.printable): it is there already and not a picture that fer-infer has drawn; choose another name, or remove it.",
      kind: .usage)
  }
}
