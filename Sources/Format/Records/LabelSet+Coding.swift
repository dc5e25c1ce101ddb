extension LabelSet {
  /// Reads a LABL payload (spec 4.3).
  static func read(_ reader: inout ByteReader, _ features: Features) throws(FormatError) -> LabelSet {
    let place = reader.offset
    let count = Int(try reader.u16())
    if features.contains(.manyLabels) {
      guard count > Limits.plainLabels else {
        throw FormatError(.value, at: place, "The file says that it has many labels, and has \(count).")
      }
    } else {
      let least = features.contains(.outputs) ? 0 : 1
      guard (least...Limits.plainLabels).contains(count) else {
        throw FormatError(
          .limit, at: place,
          "There are \(count) labels; \(least) to \(Limits.plainLabels) are allowed.")
      }
    }
    let temperaturePlace = reader.offset
    let temperature = try reader.f32()
    try checkTemperature(temperature, at: temperaturePlace)
    // A label that stands there twice is met before what is wrong behind it.
    let start = reader.offset
    var names: [String] = []
    var fault: FormatError?
    do throws(FormatError) {
      try readNames(&reader, count, into: &names)
    } catch {
      if error.code == .memory { throw error }
      fault = error
    }
    if let index = try firstRepeated(names) {
      let before = names[..<index].reduce(0) { $0 + 2 + $1.utf8.count }
      throw FormatError(.value, at: start + UInt64(before), "The label \(names[index]) appears twice.")
    }
    if let fault { throw fault }
    try reader.finish("The label set")
    return LabelSet(names: names, temperature: temperature)
  }

  private static func readNames(
    _ reader: inout ByteReader, _ count: Int, into names: inout [String]
  ) throws(FormatError) {
    let room = min(count, reader.remaining / 3 + 1)
    try requireMemory(MemoryLayout<String>.stride * room + 1 << 16)
    names.reserveCapacity(room)
    for index in 0..<count {
      let place = reader.offset
      try requireMemory(1 << 16)
      let name = try reader.string(limit: Limits.labelBytes, what: "A label")
      try check(name, index, at: place)
      names.append(name)
    }
  }

  /// - Parameter needed: whether there must be labels, as some output is class scores.
  func write(_ writer: inout ByteWriter, needed: Bool) throws(FormatError) {
    if needed || !names.isEmpty { try validate() } else { try Self.checkTemperature(temperature) }
    writer.u16(UInt16(names.count))
    writer.f32(temperature)
    for name in names { try writer.string(name, limit: Limits.labelBytes, what: "A label") }
  }
}
