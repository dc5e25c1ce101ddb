import FermFiles
import FermToolSupport

/// JSON Lines, or one JSON array; docs/record.schema.json describes a record.
struct JSONFormat: RecordFormat {
  private let style: RecordStyle
  private let layout: JSONLayout
  private let labels: JSONLabels

  init(_ style: RecordStyle, isDocument: Bool) {
    self.style = style
    layout = JSONLayout(isDocument: isDocument)
    labels = JSONLabels(style.labels)
  }

  func opening(_ bytes: inout [UInt8]) { layout.opening(&bytes) }
  func closing(count: Int, _ bytes: inout [UInt8]) { layout.closing(count: count, &bytes) }

  func append(_ record: Record, number: Int, to bytes: inout [UInt8]) {
    layout.begin(number: number, &bytes)
    bytes += #"{"v":1,"path":"#.utf8
    append(record.path, "path_b64", to: &bytes)
    switch record.result {
    case .success(.face(let prediction)): append(prediction, to: &bytes)
    case .success(.noFace(let width, let height)):
      bytes += ",\"ok\":true,\"faces\":0,\"width\":\(width),\"height\":\(height)".utf8
    case .failure(let failure):
      bytes += #","ok":false"#.utf8
      bytes.append(failure: failure)
    }
    if let box = record.box { bytes += ",\"box\":[\(box.texts.joined(separator: ","))]".utf8 }
    append(record.mark, to: &bytes)
    if let input = record.input {
      bytes += #","input":"#.utf8
      append(input, "input_b64", to: &bytes)
    }
    layout.end(&bytes)
  }

  /// A path, and its bytes under another key when they are not UTF-8.
  private func append(_ path: FilePath, _ key: String, to bytes: inout [UInt8]) {
    bytes.append(json: path.text)
    guard !path.isUTF8 else { return }
    bytes += ",\"\(key)\":\"".utf8
    bytes.append(base64: path.bytes)
    bytes += "\"".utf8
  }

  private func append(_ mark: FaceMark, to bytes: inout [UInt8]) {
    if let number = mark.number, let count = mark.count {
      bytes += ",\"face\":\(number),\"faces\":\(count)".utf8
    }
    if let score = mark.score { bytes += ",\"face_score\":\(score)".utf8 }
    if mark.isSmall { bytes += #","small":true"#.utf8 }
  }

  private func append(_ prediction: Prediction, to bytes: inout [UInt8]) {
    let values = prediction.probabilities
    bytes += #","ok":true"#.utf8
    labels.append(values, to: &bytes)
    bytes += ",\"width\":\(prediction.size.width),\"height\":\(prediction.size.height)".utf8
    guard let count = style.topCount, !values.isEmpty else { return }
    bytes += #","top":["#.utf8
    for (place, i) in prediction.top(count).enumerated() {
      bytes += (place > 0 ? ",[" : "[").utf8
      bytes += labels[i]
      bytes += ",\(values[i])]".utf8
    }
    bytes += "]".utf8
  }
}

extension [UInt8] {
  /// Appends bytes in base64 (RFC 4648).
  mutating func append(base64 data: [UInt8]) {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for start in stride(from: 0, to: data.count, by: 3) {
      let group = data[start..<Swift.min(start + 3, data.count)]
      let value = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
      for place in 0..<4 {
        append(place <= group.count ? letters[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
  }
}
