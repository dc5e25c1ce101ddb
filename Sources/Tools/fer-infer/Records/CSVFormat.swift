import FermToolSupport

/// RFC 4180 with LF, one header row; nothing in it that a spreadsheet would take for a formula.
struct CSVFormat: RecordFormat {
  let style: RecordStyle
  private let labels: [String]
  /// The columns of the likeliest class; none for a model without class scores.
  private var scores: [String] { labels.isEmpty ? [] : ["label", "score"] }

  init(style: RecordStyle) {
    self.style = style
    labels = style.labels.map { $0.csv }
  }

  func opening(_ bytes: inout [UInt8]) {
    let box = ["x", "y", "w", "h"]
    // New columns come last, for readers that count them.
    bytes.append(
      row: ["path"] + (style.hasBoxes ? box : []) + ["ok"] + scores + labels + ["error"]
        + (style.hasMarks ? box + ["face", "faces", "face_score", "small"] : []))
  }

  func append(_ record: Record, number: Int, to bytes: inout [UInt8]) {
    var fields = [record.path.csv]
    let box = record.box?.texts ?? ["", "", "", ""]
    if style.hasBoxes { fields += box }
    switch record.result {
    case .success(.face(let prediction)):
      let values = prediction.probabilities.map { "\($0)" }
      fields += ["true"] + (prediction.best.map { [labels[$0], values[$0]] } ?? []) + values + [""]
    case .success(.noFace):
      fields += ["true"] + (scores + labels).map { _ in "" } + [""]
    case .failure(let failure):
      fields += ["false"] + (scores + labels).map { _ in "" } + ["\(failure.code): \(failure.message)".csv]
    }
    if style.hasMarks {
      let mark = record.mark
      fields += box + [mark.number, mark.count].map { $0.map { "\($0)" } ?? "" }
      fields += [mark.score.map { "\($0)" } ?? "", mark.number == nil ? "" : "\(mark.isSmall)"]
    }
    bytes.append(row: fields)
  }
}

extension [UInt8] {
  /// Appends fields as a row of CSV; they are escaped already.
  mutating func append(row fields: [String]) {
    self += fields.joined(separator: ",").utf8
    append(UInt8(ascii: "\n"))
  }
}
