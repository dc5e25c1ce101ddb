import FermFiles

/// Which names are pictures'.
enum ImageName {
  private static let endings = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "dib", "pbm", "pgm", "ppm", "pnm",
  ].map { Array($0.utf8) }

  /// Whether a path ends as a picture's does, in upper or lower case.
  static func isImage(_ path: FilePath) -> Bool {
    guard let dot = path.bytes.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let ending = path.bytes[(dot + 1)...].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return endings.contains(ending)
  }
}
