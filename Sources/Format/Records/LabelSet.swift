/// The classes, in the order of the network's outputs, and how sharp their probabilities are (spec 4.3).
public struct LabelSet: Equatable, Sendable {
  /// The class names.
  public var names: [String]
  /// Logits are divided by this before the softmax; 1 leaves them as they are.
  public var temperature: Float

  /// Makes a label set.
  public init(names: [String], temperature: Float = 1) {
    self.names = names
    self.temperature = temperature
  }

  static func read(_ reader: inout ByteReader) throws(FormatError) -> LabelSet {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard count >= 1, count <= Limits.labels else {
      throw FormatError(.limit, at: place, "There are \(count) labels; 1 to \(Limits.labels) are allowed.")
    }
    let temperature = try reader.f32()
    var names: [String] = []
    for _ in 0..<count { names.append(try reader.string(limit: Limits.labelBytes, what: "A label")) }
    let labels = LabelSet(names: names, temperature: temperature)
    try labels.validate(at: place)
    try reader.finish("The label set")
    return labels
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    guard names.count >= 1, names.count <= Limits.labels else {
      throw FormatError(.limit, "There are \(names.count) labels; 1 to \(Limits.labels) are allowed.")
    }
    try validate(at: nil)
    writer.u16(UInt16(names.count))
    writer.f32(temperature)
    for name in names { try writer.string(name, limit: Limits.labelBytes, what: "A label") }
  }

  private func validate(at place: UInt64?) throws(FormatError) {
    guard temperature.isFinite, temperature >= 0x1p-20, temperature <= 0x1p20 else {
      throw FormatError(.value, at: place, "The temperature must be 2^-20 to 2^20.")
    }
    for (i, name) in names.enumerated() {
      guard !name.utf8.isEmpty else { throw FormatError(.value, at: place, "Label \(i) is empty.") }
      for other in names[..<i] where other.utf8.elementsEqual(name.utf8) {
        throw FormatError(.value, at: place, "The label \(name) appears twice.")
      }
    }
  }
}
