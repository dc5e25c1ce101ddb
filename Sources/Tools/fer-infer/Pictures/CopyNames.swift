import FermFiles

/// Names the copies of photos: below one folder whatever a photo's path is, and no two alike.
struct CopyNames {
  /// Names that are taken, by their hashes: of a million photos, no more than some megabytes.
  private var taken: Set<Int> = []

  /// A copy's path from the folder.
  ///
  /// A photo that a folder's listing gave keeps its path below that folder, any other its path as given, without a slash in
  /// front, `.` and `..`. What is neither JPEG nor PNG by its name gets `.png` behind it, and a name that is taken `-2`, `-3`
  /// before its ending.
  /// - Parameter root: the folder that was listed.
  mutating func next(for photo: FilePath, below root: FilePath?) -> FilePath {
    let slash = UInt8(ascii: "/")
    let path = photo.bytes.dropFirst(root?.bytes.count ?? 0)
    var parts = path.split(separator: slash).filter {
      ![Array(".".utf8), Array("..".utf8)].contains(Array($0))
    }
    if photo == FilePath("-") { parts = [Array("stdin".utf8)[...]] }
    var name = FilePath(bytes: Array(parts.joined(separator: [slash])))
    if !name.isJPEG, name.ending != "png" { name = FilePath(bytes: name.bytes + ".png".utf8) }
    let dot = name.bytes.lastIndex(of: UInt8(ascii: ".")) ?? name.bytes.endIndex
    var (unique, number) = (name, 1)
    while !taken.insert(unique.hashValue).inserted {
      number += 1
      unique = FilePath(bytes: Array(name.bytes[..<dot]) + "-\(number)".utf8 + Array(name.bytes[dot...]))
    }
    return unique
  }
}

extension FilePath {
  /// Whether the name is that of a JPEG.
  var isJPEG: Bool { ["jpg", "jpeg", "jpe"].contains(ending) }

  /// What stands behind the last dot of the name, in lower case; empty without one.
  fileprivate var ending: String {
    let name = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? []
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return FilePath(bytes: Array(name[(dot + 1)...])).text.lowercased()
  }
}
