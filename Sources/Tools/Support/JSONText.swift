extension [UInt8] {
  /// Appends a text as a JSON string, quotes included; what a terminal might obey is escaped.
  public mutating func append(json text: some StringProtocol) {
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): self += [UInt8(ascii: "\\"), byte]
      case 0x0A: self += Array("\\n".utf8)
      case 0x0D: self += Array("\\r".utf8)
      case 0x09: self += Array("\\t".utf8)
      case 0..<0x20, 0x7F:
        let digits = Array("0123456789abcdef".utf8)
        self += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
