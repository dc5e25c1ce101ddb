import FermFiles
import FermToolSupport

/// One line a face, for people.
struct FrameTable: RecordFormat {
  let labels: [String]

  func append(_ record: FrameRecord, number: Int, to bytes: inout [UInt8]) {
    let time = record.moment.time.map { time in
      let (seconds, thousandths) = (time.microseconds / 1_000_000, time.microseconds / 1000 % 1000)
      return "\(seconds)." + String("\(1000 + thousandths)".dropFirst())
    }
    var words = [right("\(record.moment.number)", 8), right(time ?? "-", 10)]
    words.append(left(record.id.map { "face \($0)" } ?? "-", 9))
    switch record.result {
    case .success(.face(let prediction)):
      let best = prediction.best ?? 0
      words.append(left(labels[best].printable, labels.reduce(4) { max($0, $1.count) }))
      words.append(right(percent(prediction.probabilities[best]), 7))
      if let means = record.smoothed, let best = firstLargest(means) {
        words.append("(\(labels[best].printable) \(percent(means[best])))")
      }
      if let box = record.box { words.append("[\(box.texts.joined(separator: ", "))]") }
      if record.mark.isSmall { words.append("small") }
    case .success(.noFace): words.append("no face")
    case .failure(let failure): words.append("failed  \(failure.message.printable)")
    }
    bytes += (words.joined(separator: "  ") + "\n").utf8
  }

  private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
