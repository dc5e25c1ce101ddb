import FermFiles
import FermToolSupport

/// RFC 4180 with LF, one header row; nothing in it that a spreadsheet would take for a formula.
struct CSVFormat: RecordFormat {
  let style: RecordStyle
  private let labels: [String]

  init(style: RecordStyle) {
    self.style = style
    labels = style.labels.map { $0.isFormula ? "'\($0)" : $0 }
  }

  func opening(_ bytes: inout [UInt8]) {
    let box = style.hasBoxes ? ["x", "y", "w", "h"] : []
    append(["path"] + box + ["ok", "label", "score"] + labels + ["error"], to: &bytes)
  }

  func append(_ record: Record, number: Int, to bytes: inout [UInt8]) {
    var fields = [record.path.inCSV]
    if style.hasBoxes { fields += record.box?.texts ?? ["", "", "", ""] }
    switch record.result {
    case .success(let prediction):
      let best = prediction.best
      let values = prediction.probabilities.map { "\($0)" }
      fields += ["true", labels[best], values[best]] + values + [""]
    case .failure(let failure):
      fields += ["false", "", ""] + labels.map { _ in "" } + ["\(failure.code): \(failure.message)"]
    }
    append(fields, to: &bytes)
  }

  /// What a reader might split a line at: semicolons and tabs are separators elsewhere.
  private static let special: [UInt8] = [0x22, 0x2C, 0x0A, 0x0D, 0x3B, 0x09]

  private func append(_ fields: [String], to bytes: inout [UInt8]) {
    for (i, field) in fields.enumerated() {
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      guard field.utf8.contains(where: Self.special.contains) else {
        bytes += field.utf8
        continue
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in field.utf8 { bytes += byte == 0x22 ? [0x22, 0x22] : [byte] }
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: "\n"))
  }
}

extension String {
  /// Whether a spreadsheet would run it, as it begins, or begins behind apostrophes.
  fileprivate var isFormula: Bool {
    let starts: [Unicode.Scalar] = [
      "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
    return unicodeScalars.first { $0 != "'" }.map(starts.contains) ?? false
  }
}

extension FilePath {
  /// The path as text that gives the bytes back.
  ///
  /// `./` goes before what a spreadsheet would run. If the path is not UTF-8, or `\x` and two digits are in it, every
  /// backslash is doubled and every other byte that is no text becomes `\xff`.
  fileprivate var inCSV: String {
    let text = isUTF8 && !self.text.hasByteEscape ? self.text : escaped
    return text.isFormula && text.first != "'" ? "./" + text : text
  }

  private var escaped: String {
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

extension String {
  /// Whether `\x` and two hexadecimal digits are in it.
  fileprivate var hasByteEscape: Bool {
    let bytes = Array(utf8)
    return bytes.indices.dropLast(3).contains { i in
      bytes[i] == UInt8(ascii: "\\") && bytes[i + 1] == UInt8(ascii: "x")
        && [bytes[i + 2], bytes[i + 3]].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
  }
}
