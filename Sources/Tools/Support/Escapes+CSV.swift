public import FermFiles

/// Strangers' text in CSV (RFC 4180) that a spreadsheet may open.
extension String {
  /// The text as a field: with an apostrophe before it if a spreadsheet would run it, and in quotes if a reader might end the
  /// field within it.
  public var csv: String { (isFormula ? "'\(self)" : self).quotedForCSV }

  /// In quotes where they are needed.
  fileprivate var quotedForCSV: String {
    // What a reader might split a line at: semicolons and tabs are separators elsewhere.
    let special: [UInt8] = [0x22, 0x2C, 0x0A, 0x0D, 0x3B, 0x09]
    guard utf8.contains(where: special.contains) else { return self }
    return "\""
      + unicodeScalars.reduce(into: "") { text, scalar in
        if scalar == "\"" { text += "\"\"" } else { text.unicodeScalars.append(scalar) }
      } + "\""
  }

  /// Whether a spreadsheet would run it, as it begins, or begins behind apostrophes.
  fileprivate var isFormula: Bool {
    let starts: [Unicode.Scalar] = [
      "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
    return unicodeScalars.first { $0 != "'" }.map(starts.contains) ?? false
  }

  /// Whether `\x` and two hexadecimal digits are in it.
  fileprivate var hasByteEscape: Bool {
    let bytes = Array(utf8)
    return bytes.indices.dropLast(3).contains { i in
      bytes[i] == UInt8(ascii: "\\") && bytes[i + 1] == UInt8(ascii: "x")
        && [bytes[i + 2], bytes[i + 3]].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
  }
}

extension FilePath {
  /// The path as a field, from which its bytes can be had again.
  ///
  /// `./` goes before what a spreadsheet would run. If the path is not UTF-8, or `\x` and two digits are in it, every
  /// backslash is doubled and every other byte that is no text becomes `\xff`.
  public var csv: String {
    let text = isUTF8 && !self.text.hasByteEscape ? self.text : escapedBytes
    return (text.isFormula && text.first != "'" ? "./" + text : text).quotedForCSV
  }

  private var escapedBytes: String {
    var result = ""
    var rest = bytes[...]
    while let first = rest.first {
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      if first == UInt8(ascii: "\\") {
        result += "\\\\"
        rest.removeFirst()
      } else if let text = String(validating: rest.prefix(length), as: UTF8.self) {
        result += text
        rest.removeFirst(min(length, rest.count))
      } else {
        result += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
        rest.removeFirst()
      }
    }
    return result
  }
}
