import FermFiles
import FermToolSupport

/// RFC 4180 with LF, one header row. A path that is not UTF-8 has U+FFFD in it: its exact bytes are in JSON alone.
struct CSVFormat: RecordFormat {
  let style: RecordStyle

  func opening(_ bytes: inout [UInt8]) {
    let columns =
      ["path"] + (style.hasBoxes ? ["x", "y", "w", "h"] : []) + ["ok", "label", "score"] + style.labels + [
        "error"
      ]
    append(columns, to: &bytes)
  }

  func append(_ record: Record, number: Int, to bytes: inout [UInt8]) {
    var fields = [record.path.text]
    if style.hasBoxes { fields += record.box?.texts ?? ["", "", "", ""] }
    switch record.result {
    case .success(let prediction):
      let best = prediction.best
      let values = prediction.probabilities.map { "\($0)" }
      fields += ["true", style.labels[best], values[best]] + values + [""]
    case .failure(let failure):
      fields += ["false", "", ""] + style.labels.map { _ in "" } + ["\(failure.code): \(failure.message)"]
    }
    append(fields, to: &bytes)
  }

  private func append(_ fields: [String], to bytes: inout [UInt8]) {
    for (i, field) in fields.enumerated() {
      if i > 0 { bytes.append(UInt8(ascii: ",")) }
      let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      guard needsQuotes else {
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
