import FermFiles
import FermToolSupport

/// One line a record, for people.
struct TableFormat: RecordFormat {
  let style: RecordStyle

  func append(_ record: Record, number: Int, to bytes: inout [UInt8]) {
    var line: String
    switch record.result {
    case .success(.face(let prediction)):
      line =
        prediction.best.map { row(style.labels[$0], percent(prediction.probabilities[$0]), record) }
        ?? row("-", "", record)
      if let count = style.topCount, prediction.best != nil {
        let words = prediction.top(count).map {
          "\(style.labels[$0]) \(percent(prediction.probabilities[$0]))"
        }
        line += "  (\(words.joined(separator: ", ")))"
      }
    case .success(.noFace): line = row("-", "no face", record)
    case .failure(let failure):
      line = row("-", "failed", record) + "  \(failure.message.printable)"
    }
    bytes += line.utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  private func row(_ label: String, _ score: String, _ record: Record) -> String {
    let width = style.labels.reduce(4) { max($0, $1.count) }
    let padded = label.printable + String(repeating: " ", count: max(0, width - label.count))
    let score = String(repeating: " ", count: max(0, 7 - score.count)) + score
    return "\(padded)  \(score)  \(record.path.printable)"
      + (record.box.map { "  [\($0.texts.joined(separator: ", "))]" } ?? "")
      + (record.mark.isSmall ? "  small" : "")
  }
}

/// A share for people: `97.3 %`.
func percent(_ share: Float) -> String {
  let tenths = Int((share * 1000).rounded())
  return "\(tenths / 10).\(tenths % 10) %"
}
