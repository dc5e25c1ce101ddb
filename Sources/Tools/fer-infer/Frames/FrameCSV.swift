import FermToolSupport

/// RFC 4180 with LF, one header row, a row for each face of each frame.
struct FrameCSV: RecordFormat {
  private let labels: [String]
  private let smoothed: [String]

  init(_ labels: [String], isSmoothed: Bool) {
    self.labels = labels.map { $0.csv }
    smoothed = isSmoothed ? (["label"] + labels).map { "smoothed_\($0)".csv } : []
  }

  func opening(_ bytes: inout [UInt8]) {
    let place = ["frame", "time", "face_id", "success", "x", "y", "w", "h", "face_score", "small"]
    bytes.append(row: place + ["label", "score"] + labels + ["error"] + smoothed)
  }

  func append(_ record: FrameRecord, number: Int, to bytes: inout [UInt8]) {
    var fields = ["\(record.moment.number)", record.moment.time?.text ?? "", record.id.map { "\($0)" } ?? ""]
    fields += [record.isSuccess ? "1" : "0"] + (record.box?.texts ?? ["", "", "", ""])
    fields += [record.mark.score.map { "\($0)" } ?? "", record.box == nil ? "" : "\(record.mark.isSmall)"]
    var error = ""
    if case .success(.face(let prediction)) = record.result, let best = prediction.best {
      let values = prediction.probabilities.map { "\($0)" }
      fields += [labels[best], values[best]] + values
    } else {
      fields += (["label", "score"] + labels).map { _ in "" }
    }
    if case .failure(let failure) = record.result { error = "\(failure.code): \(failure.message)".csv }
    fields.append(error)
    if let means = record.smoothed, let best = firstLargest(means) {
      fields += [labels[best]] + means.map { "\($0)" }
    } else {
      fields += smoothed.map { _ in "" }
    }
    bytes.append(row: fields)
  }
}
