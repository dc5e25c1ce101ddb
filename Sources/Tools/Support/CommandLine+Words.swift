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

  /// The words after the program's name as text, for a tool whose names are all text.
  ///
  /// - Throws: a word that is not UTF-8, which would otherwise name another file.
  public static var words: [String] {
    get throws(UsageError) {
      let words = rawWords
      if let word = words.first(where: { !$0.isUTF8 }) {
        throw UsageError("\(word.printable) is not UTF-8; rename it, or link to it under another name.")
      }
      return words.map { $0.text }
    }
  }
}
