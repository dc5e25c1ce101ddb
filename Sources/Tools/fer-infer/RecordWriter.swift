import FermImage
import FermToolSupport

/// Writes one record for each image, as JSON Lines or as rows of a table.
struct RecordWriter {
  let output: Output
  let labels: [String]
  let topCount: Int?
  let isTable: Bool

  func prediction(_ path: String, _ size: (width: Int, height: Int), _ probabilities: [Float])
    throws(OutputError)
  {
    let order = probabilities.indices.sorted {
      probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
    }
    let best = order[0]
    guard !isTable else {
      var row = "\(padded(labels[best], 12)) \(percent(probabilities[best]))  \(path)"
      if let topCount {
        row +=
          "  "
          + order.prefix(topCount).map { "\(labels[$0]) \(percent(probabilities[$0]))" }.joined(
            separator: ", ")
      }
      return try output.line(row)
    }
    var members: [JSONValue.Member] = [
      .init("v", .int(1)), .init("path", .string(path)), .init("ok", .bool(true)),
      .init("label", .string(labels[best])), .init("score", .float(probabilities[best])),
      .init("probs", .object(labels.indices.map { .init(labels[$0], .float(probabilities[$0])) })),
      .init("width", .int(size.width)), .init("height", .int(size.height)),
    ]
    if let topCount {
      let top = order.prefix(topCount).map {
        JSONValue.array([.string(labels[$0]), .float(probabilities[$0])])
      }
      members.append(.init("top", .array(top)))
    }
    try output.line(JSONValue.object(members).rendered())
  }

  func failure(_ path: String, _ error: ImageError) throws(OutputError) {
    guard !isTable else {
      return try output.line("\(padded("failed", 12))      -  \(path)  \(error.description)")
    }
    let record = JSONValue.members(
      ("v", .int(1)), ("path", .string(path)), ("ok", .bool(false)),
      ("error", .members(("code", .string(error.code)), ("message", .string(error.description)))))
    try output.line(record.rendered())
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func percent(_ share: Float) -> String {
    let tenths = Int((share * 1000).rounded())
    let text = "\(tenths / 10).\(tenths % 10) %"
    return String(repeating: " ", count: max(0, 7 - text.count)) + text
  }
}
