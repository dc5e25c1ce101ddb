extension [UInt8] {
  /// Appends a text as a JSON string, quotes included; what a terminal might obey or hide is escaped.
  public mutating func append(json text: some StringProtocol) {
    append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": self += [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)]
      case "\n": self += Array("\\n".utf8)
      case "\r": self += Array("\\r".utf8)
      case "\t": self += Array("\\t".utf8)
      case _ where scalar.value >= 0x20 && scalar.value < 0x7F:
        append(UInt8(truncatingIfNeeded: scalar.value))
      case _ where scalar.isHidden: for unit in String(scalar).utf16 { append(escape: unit) }
      default: self += String(scalar).utf8
      }
    }
    append(UInt8(ascii: "\""))
  }

  private mutating func append(escape unit: UInt16) {
    let digits = Array("0123456789abcdef".utf8)
    self += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
    for shift in [12, 8, 4, 0] { append(digits[Int(unit >> UInt16(shift) & 15)]) }
  }
}

extension Unicode.Scalar {
  /// Whether a reader sees nothing of it, or something else because of it.
  fileprivate var isHidden: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: true
    default: false
    }
  }
}
