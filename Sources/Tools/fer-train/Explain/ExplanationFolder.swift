import FermDrawing
import FermFiles
import FermImage
import FermToolSupport
import FermTrain
import Foundation

/// The folder that gets what `fer-train explain` draws. Pictures there that fer-train did not draw are never replaced, nor is a map
/// without such a picture beside it.
final class ExplanationFolder {
  private let folder: FilePath
  /// What the command reads.
  private let inputs: [FilePath]
  let library: DrawingLibrary
  private let own = OwnPicture(of: "fer-train")
  private var taken: Set<FilePath> = []

  /// Makes the folder unless it is there.
  init(_ folder: FilePath, unlike inputs: [FilePath], _ library: DrawingLibrary) throws {
    (self.folder, self.inputs, self.library) = (folder, inputs, library)
    do {
      try FileManager.default.createDirectory(atPath: folder.text, withIntermediateDirectories: true)
    } catch { throw FileError("\(folder.printable): the folder cannot be made: \(systemReason(errno)).") }
  }

  /// Writes a face's panels and its map; gives the picture's path.
  ///
  /// - Parameter input: the picture that it was read from; its name is kept, with `-2` behind one that is taken.
  func write(_ explanation: Explanation, of input: FilePath) throws -> String {
    let name = unique(input)
    let picture = folder.appending(name.bytes + ".png".utf8)
    try own.allow(at: picture, unlike: inputs + [input])
    let map = folder.appending(name.bytes + ".npy".utf8)
    if FileIdentity(map) != nil, FileIdentity(picture) == nil {
      throw FileError(
        "\(map.printable): it is there already, and no picture of fer-train's beside it; choose another folder, or remove it.",
        kind: .usage)
    }
    let panels = try ExplanationFigure.drawn(explanation.picture, library)
    try OutputFile.write(try ImageEncoder.encode(panels, as: .png, software: own.mark), to: picture)
    let numbers = explanation.map.values.withUnsafeBytes { Array($0) }
    try OutputFile.write(
      NumPyHeader.bytes([explanation.map.height, explanation.map.width]) + numbers, to: map)
    return picture.text
  }

  /// Writes a page; gives its path.
  func write(_ page: Image, as name: String) throws -> String {
    let path = folder.appending(name.utf8)
    try own.allow(at: path, unlike: inputs)
    try OutputFile.write(try ImageEncoder.encode(page, as: .png, software: own.mark), to: path)
    return path.text
  }

  /// A file's name without its ending, once.
  private func unique(_ path: FilePath) -> FilePath {
    let name = path.bytes.split(separator: UInt8(ascii: "/")).last ?? []
    let stem = name.lastIndex(of: UInt8(ascii: ".")).map { name[..<$0] } ?? name
    let first = Array(stem.isEmpty ? name : stem)
    var (unique, number) = (FilePath(bytes: first), 1)
    while !taken.insert(unique).inserted {
      number += 1
      unique = FilePath(bytes: first + "-\(number)".utf8)
    }
    return unique
  }
}
