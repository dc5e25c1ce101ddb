internal import Glibc

/// The image files that paths on a command line stand for, in order.
public struct InputFiles: Sendable {
  /// The files; one that is named outright need not exist.
  public private(set) var paths: [String] = []
  /// Folders in which no image was found.
  public private(set) var emptyFolders: [String] = []

  /// Lists files as they are, and folders with all that is below them, sorted by the bytes of the path.
  ///
  /// In folders only names of the known formats count, whatever their case; hidden names and links to folders do not.
  public init(_ arguments: [String]) {
    for argument in arguments {
      if Self.type(of: argument, following: true) == S_IFDIR {
        var found: [String] = []
        Self.walk(
          argument.hasSuffix("/") && argument.count > 1 ? String(argument.dropLast()) : argument, &found)
        if found.isEmpty { emptyFolders.append(argument) }
        paths += found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      } else {
        paths.append(argument)
      }
    }
  }

  private static func walk(_ folder: String, _ found: inout [String]) {
    guard let handle = opendir(folder) else { return }
    defer { closedir(handle) }
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard !name.hasPrefix(".") else { continue }
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      // Links to folders are not followed, so a loop of links has no way in.
      if type(of: path, following: false) == S_IFDIR {
        walk(path, &found)
      } else if [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pbm", ".pgm", ".ppm"].contains(where: {
        name.lowercased().hasSuffix($0)
      }) {
        found.append(path)
      }
    }
  }

  private static func type(of path: String, following: Bool) -> mode_t {
    var status = stat()
    let result = following ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode & S_IFMT : 0
  }
}
