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

  /// Checks what a file demands of labels, so that nobody trains a model that cannot be written.
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
      try Self.check(name, i)
    }
    if let index = try Self.firstRepeated(names) {
      throw FormatError(.value, "The label \(names[index]) appears twice.")
    }
  }

  static func checkTemperature(_ temperature: Float, at place: UInt64? = nil) throws(FormatError) {
    guard temperature.isFinite, temperature >= 0x1p-20, temperature <= 0x1p20 else {
      throw FormatError(.value, at: place, "The temperature must be 2^-20 to 2^20.")
    }
  }

  /// Checks one label by itself; `index` counts from 0.
  static func check(_ name: String, _ index: Int, at place: UInt64? = nil) throws(FormatError) {
    guard !name.utf8.isEmpty else { throw FormatError(.value, at: place, "Label \(index) is empty.") }
    // Labels end up in tables, on terminals and in file names.
    guard
      name.unicodeScalars.allSatisfy({ !(0...0x1F).contains($0.value) && !(0x7F...0x9F).contains($0.value) })
    else {
      throw FormatError(.value, at: place, "Label \(index) contains a control character.")
    }
  }

  /// The first name that an earlier one is equal to, byte by byte; nil when there is none. Cost: a sort.
  static func firstRepeated(_ names: [String]) throws(FormatError) -> Int? {
    try requireMemory(4 * MemoryLayout<Int>.stride * names.count + 1 << 16)
    // Equal names stand in their own order, the earliest first.
    let order = names.indices.sorted { a, b in
      let (first, second) = (names[a].utf8, names[b].utf8)
      if first.elementsEqual(second) { return a < b }
      return first.lexicographicallyPrecedes(second)
    }
    return zip(order, order.dropFirst()).filter { names[$0].utf8.elementsEqual(names[$1].utf8) }
      .map { $0.1 }.min()
  }
}
