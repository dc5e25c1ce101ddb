public import FermFiles
internal import FermToolStart

extension CommandLine {
  /// The words after the program's name, byte for byte.
  public static var rawWords: [FilePath] {
    (1..<max(1, ferm_word_count())).compactMap { place in
      guard var next = ferm_word(place) else { return nil }
      var bytes: [UInt8] = []
      while next.pointee != 0 {
        bytes.append(UInt8(bitPattern: next.pointee))
        next += 1
      }
      return FilePath(bytes: bytes)
    }
  }

  /// The words after the program's name as text.
  public static var words: [String] { rawWords.map { $0.text } }
}
