import FermToolSupport

/// JSON Lines, or one JSON array; docs/frame.schema.json describes a record.
struct FrameJSON: RecordFormat {
  private let layout: JSONLayout
  private let labels: JSONLabels

  init(_ labels: [String], isDocument: Bool) {
    layout = JSONLayout(isDocument: isDocument)
    self.labels = JSONLabels(labels)
  }

  func opening(_ bytes: inout [UInt8]) { layout.opening(&bytes) }
  func closing(count: Int, _ bytes: inout [UInt8]) { layout.closing(count: count, &bytes) }

  func append(_ record: FrameRecord, number: Int, to bytes: inout [UInt8]) {
    layout.begin(number: number, &bytes)
    bytes += "{\"v\":1,\"frame\":\(record.moment.number),\"time\":\(record.moment.time?.text ?? "null")".utf8
    bytes +=
      ",\"face_id\":\(record.id.map { "\($0)" } ?? "null"),\"success\":\(record.isSuccess ? 1 : 0)".utf8
    if let box = record.box { bytes += ",\"box\":[\(box.texts.joined(separator: ","))]".utf8 }
    if let score = record.mark.score { bytes += ",\"face_score\":\(score)".utf8 }
    if record.mark.isSmall { bytes += #","small":true"#.utf8 }
    switch record.result {
    case .success(.face(let prediction)):
      labels.append(prediction.probabilities, to: &bytes)
      if let means = record.smoothed, let best = firstLargest(means) {
        bytes += #","smoothed_label":"#.utf8
        bytes += labels[best]
        labels.append(means, as: "smoothed_probs", to: &bytes)
      }
      append(prediction.size, to: &bytes)
    case .success(.noFace(let width, let height)): append((width, height), to: &bytes)
    case .failure(let failure): bytes.append(failure: failure)
    }
    layout.end(&bytes)
  }

  private func append(_ size: (width: Int, height: Int), to bytes: inout [UInt8]) {
    bytes += ",\"width\":\(size.width),\"height\":\(size.height)".utf8
  }
}
