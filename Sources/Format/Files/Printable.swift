extension String {
  /// The text as a terminal may see it: what moves the cursor, turns or hides other text, or cannot be seen, as `\n`,
  /// `\x1b` or `\u{202e}`; on one line.
  ///
  /// Scalar by scalar, so that a combining mark hides nothing from it.
  public var printable: String {
    guard unicodeScalars.contains(where: { !$0.isPrintable }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isPrintable { text.unicodeScalars.append(scalar) } else { text += scalar.escape }
    }
  }
}

extension FilePath {
  /// The path for people: ``Swift/String/printable``, and bytes that are not UTF-8 as `\xff`; `""` for the empty one.
  public var printable: String {
    if bytes.isEmpty { return "\"\"" }
    if let text = String(validating: bytes, as: UTF8.self) { return text.printable }
    return bytes.reduce(into: "") { text, byte in
      let scalar = Unicode.Scalar(byte)
      text += byte < 0x80 && scalar.isPrintable ? String(scalar) : byte < 0x80 ? scalar.escape : hex(byte)
    }
  }
}

extension Unicode.Scalar {
  /// Whether a terminal shows it, and shows nothing else differently for it.
  fileprivate var isPrintable: Bool {
    if isASCII { return 0x20..<0x7F ~= value }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      return false
    default: return true
    }
  }

  fileprivate var escape: String {
    switch self {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: value < 0x100 ? hex(UInt8(value)) : "\\u{\(String(value, radix: 16))}"
    }
  }
}

private func hex(_ byte: UInt8) -> String { "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
