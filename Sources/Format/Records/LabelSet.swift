/// The classes, in the order of the network's outputs, and how sharp their probabilities are (spec 4.3).
///
/// ```swift
/// let labels = LabelSet(names: ["calm", "cross"], temperature: 1.2)
/// try labels.validate()
/// ```
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
    let temperaturePlace = reader.offset
    let temperature = try reader.f32()
    try checkTemperature(temperature, at: temperaturePlace)
    var names: [String] = []
    for _ in 0..<count {
      let place = reader.offset
      try requireMemory(1 << 16)
      let name = try reader.string(limit: Limits.labelBytes, what: "A label")
      try check(name, after: names[...], at: place)
      names.append(name)
    }
    try reader.finish("The label set")
    return LabelSet(names: names, temperature: temperature)
  }

  /// Checks what a file demands of labels, so that nobody trains for a file that cannot be written.
  ///
  /// - Throws: `limit` for too many or too long ones, `value` for one that is empty, repeated or has control characters.
  public func validate() throws(FormatError) {
    guard names.count >= 1, names.count <= Limits.labels else {
      throw FormatError(.limit, "There are \(names.count) labels; 1 to \(Limits.labels) are allowed.")
    }
    try Self.checkTemperature(temperature, at: nil)
    for (i, name) in names.enumerated() {
      guard name.utf8.count <= Limits.labelBytes else {
        throw FormatError(
          .limit, "Label \(i) is \(name.utf8.count) bytes long; at most \(Limits.labelBytes) are allowed.")
      }
      try Self.check(name, after: names[..<i], at: nil)
    }
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    try validate()
    writer.u16(UInt16(names.count))
    writer.f32(temperature)
    for name in names { try writer.string(name, limit: Limits.labelBytes, what: "A label") }
  }

  private static func checkTemperature(_ temperature: Float, at place: UInt64?) throws(FormatError) {
    guard temperature.isFinite, temperature >= 0x1p-20, temperature <= 0x1p20 else {
      throw FormatError(.value, at: place, "The temperature must be 2^-20 to 2^20.")
    }
  }

  private static func check(
    _ name: String, after others: ArraySlice<String>, at place: UInt64?
  ) throws(FormatError) {
    guard !name.utf8.isEmpty else { throw FormatError(.value, at: place, "Label \(others.count) is empty.") }
    // Labels end up in tables, on terminals and in file names.
    guard
      name.unicodeScalars.allSatisfy({ !(0...0x1F).contains($0.value) && !(0x7F...0x9F).contains($0.value) })
    else {
      throw FormatError(.value, at: place, "Label \(others.count) contains a control character.")
    }
    for other in others where other.utf8.elementsEqual(name.utf8) {
      throw FormatError(.value, at: place, "The label \(name) appears twice.")
    }
  }
}
