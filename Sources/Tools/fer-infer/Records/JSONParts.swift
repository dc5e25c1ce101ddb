import FermToolSupport

/// What stands around the records: lines, or one array.
struct JSONLayout {
  let isDocument: Bool

  func opening(_ bytes: inout [UInt8]) {
    if isDocument { bytes += "[".utf8 }
  }
  func closing(count: Int, _ bytes: inout [UInt8]) {
    if isDocument { bytes += (count > 0 ? "\n]\n" : "]\n").utf8 }
  }
  /// - Parameter number: of the record, from 0.
  func begin(number: Int, _ bytes: inout [UInt8]) {
    if isDocument { bytes += (number > 0 ? ",\n" : "\n").utf8 }
  }
  func end(_ bytes: inout [UInt8]) { bytes += (isDocument ? "}" : "}\n").utf8 }
}

/// Each label as a JSON string.
struct JSONLabels {
  private let words: [[UInt8]]

  init(_ labels: [String]) {
    words = labels.map { label in
      var bytes: [UInt8] = []
      bytes.append(json: label)
      return bytes
    }
  }

  subscript(place: Int) -> [UInt8] { words[place] }

  /// The likeliest label with its probability, and the probabilities of all; nothing where there is no class.
  func append(_ values: [Float], to bytes: inout [UInt8]) {
    guard let best = firstLargest(values) else { return }
    bytes += #","label":"#.utf8
    bytes += words[best]
    bytes += ",\"score\":\(values[best])".utf8
    append(values, as: "probs", to: &bytes)
  }

  /// A member with a number for each label.
  func append(_ values: [Float], as key: String, to bytes: inout [UInt8]) {
    bytes += ",\"\(key)\":{".utf8
    for i in words.indices {
      if i > 0 { bytes += ",".utf8 }
      bytes += words[i]
      bytes += ":\(values[i])".utf8
    }
    bytes += "}".utf8
  }
}

extension [UInt8] {
  /// The member of a record that says what went wrong.
  mutating func append(failure: InputFailure) {
    self += #","error":{"code":"#.utf8
    append(json: failure.code)
    self += #","message":"#.utf8
    append(json: failure.message)
    self += "}".utf8
  }
}
