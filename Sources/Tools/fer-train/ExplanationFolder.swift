import FermDrawing
import FermFiles
import FermImage
import FermToolSupport
import FermTrain
import Foundation

/// The folder that gets what `fer-train explain` draws.
final class ExplanationFolder {
  private let folder: FilePath
  let library: DrawingLibrary
  private var taken: Set<FilePath> = []

  /// Makes the folder unless it is there.
  init(_ folder: FilePath, _ library: DrawingLibrary) throws {
    (self.folder, self.library) = (folder, library)
    do {
      try FileManager.default.createDirectory(atPath: folder.text, withIntermediateDirectories: true)
    } catch { throw FileError("\(folder.printable): the folder cannot be made: \(systemReason(errno)).") }
  }

  /// Writes a face's panels and its map; gives the picture's path.
  ///
  /// - Parameter input: the picture that it was read from, which is not replaced; its name is kept, with `-2` behind one that is taken.
  func write(_ explanation: Explanation, of input: FilePath) throws -> String {
    let name = unique(input)
    let map = explanation.map
    try put(
      ImageEncoder.encode(ExplanationFigure.drawn(explanation.picture, library), as: .png), name, ".png",
      input)
    let numbers = map.values.withUnsafeBytes { Array($0) }
    try put(NumPyHeader.bytes([map.height, map.width]) + numbers, name, ".npy", input)
    return folder.appending(name.bytes + ".png".utf8).text
  }

  /// Writes a page; gives its path.
  func write(_ page: Image, as name: String) throws -> String {
    let path = folder.appending(name.utf8)
    try OutputFile.write(try ImageEncoder.encode(page, as: .png), to: path)
    return path.text
  }

  private func put(_ bytes: [UInt8], _ name: FilePath, _ ending: String, _ input: FilePath) throws {
    let file = try OutputFile(folder.appending(name.bytes + ending.utf8), unlike: [input])
    try file.append(bytes)
    try file.commit()
  }

  /// A file's name without its ending, once.
  private func unique(_ path: FilePath) -> FilePath {
    let name = path.bytes.split(separator: UInt8(ascii: "/")).last ?? []
    let stem = name.lastIndex(of: UInt8(ascii: ".")).map { name[..<$0] } ?? name
    var (unique, number) = (FilePath(bytes: Array(stem.isEmpty ? name : stem)), 1)
    while !taken.insert(unique).inserted {
      number += 1
      unique = FilePath(bytes: Array(stem) + "-\(number)".utf8)
    }
    return unique
  }
}
