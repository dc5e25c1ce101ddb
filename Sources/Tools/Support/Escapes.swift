public import FermFiles

/// Strangers' text within the languages that tools write. Each goes by scalars, since a combining mark makes one
/// character of itself and the sign before it.
extension String {
  /// The text within an element or a quoted attribute of XML 1.0.
  public var xml: String {
    printable.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// The text in Markdown: on one line, with nothing that makes a table cell, a tag, a link or an emphasis.
  public var markdown: String {
    let scalars = Array(printable.unicodeScalars)
    var text = ""
    for (place, scalar) in scalars.enumerated() {
      // What looks like an address becomes a link of itself.
      let makesLink =
        scalar == ":" && place + 1 < scalars.count && scalars[place + 1] == "/"
        || scalar == "." && place >= 3
          && scalars[place - 3..<place].allSatisfy { $0 == "w" || $0 == "W" }
      if makesLink || "\\`*_{}[]<>|#&~$@".unicodeScalars.contains(scalar) { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  /// The text as a quoted string of Graphviz, each line of it on a line of its own.
  public var dot: String {
    let lines = unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(String.UnicodeScalarView(line)).printable.unicodeScalars.reduce(into: "") { text, scalar in
        switch scalar {
        case "&": text += "&amp;"
        case "\\", "\"":
          text += "\\"
          text.unicodeScalars.append(scalar)
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    return "\"" + lines.joined(separator: "\\n") + "\""
  }

  /// The text as one word of a shell's command line.
  public var shell: String { FilePath(self).shell }
}

extension FilePath {
  /// The path as one word of a shell's command line; what a terminal might obey and what is not UTF-8 byte by byte.
  public var shell: String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%".utf8)
    if !bytes.isEmpty, bytes.allSatisfy(plain.contains) { return text }
    guard isUTF8, printable == text else {
      return "$'" + bytes.map(Self.quoted).joined() + "'"
    }
    return "'"
      + text.unicodeScalars.reduce(into: "") { text, scalar in
        if scalar == "'" { text += "'\\''" } else { text.unicodeScalars.append(scalar) }
      } + "'"
  }

  private static func quoted(_ byte: UInt8) -> String {
    let isPlain = 0x20..<0x7F ~= byte && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\\")
    return isPlain ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
