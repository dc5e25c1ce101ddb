/// Where a model comes from and how good it is: typed values under sorted keys (spec 4.8).
///
/// Nothing here changes what the network computes. Spec 4.8 lists the keys that the tools know. Reading a value takes
/// O(log n) comparisons, setting one O(n).
///
/// ```swift
/// var provenance = Provenance()
/// provenance["train.epochs"] = .integer(80)
/// provenance["validation.accuracy"] = .real(0.699)
/// if case .integer(let epochs) = provenance["train.epochs"] { print(epochs) }
/// provenance["train.epochs"] = nil
/// ```
public struct Provenance: Equatable, Sendable {
  /// A typed value.
  public enum Value: Equatable, Sendable {
    /// Text.
    case string(String)
    /// A whole number.
    case integer(Int64)
    /// A real number.
    case real(Double)
    /// Yes or no.
    case flag(Bool)
  }

  /// One entry.
  public struct Entry: Equatable, Sendable {
    /// The key: letters, digits and `._/-`.
    public let key: String
    /// Its value.
    public var value: Value
  }

  /// The entries, sorted by the bytes of their keys.
  public private(set) var entries: [Entry] = []

  /// Makes an empty record.
  public init() {}

  /// The value under a key; setting nil removes it.
  public subscript(key: String) -> Value? {
    get {
      let place = position(of: key)
      return place.found ? entries[place.index].value : nil
    }
    set {
      let place = position(of: key)
      switch (place.found, newValue) {
      case (true, let value?): entries[place.index].value = value
      case (true, nil): entries.remove(at: place.index)
      case (false, let value?): entries.insert(Entry(key: key, value: value), at: place.index)
      case (false, nil): break
      }
    }
  }

  private func position(of key: String) -> (index: Int, found: Bool) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.utf8.lexicographicallyPrecedes(key.utf8) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return (low, low < entries.count && entries[low].key.utf8.elementsEqual(key.utf8))
  }

  static func read(_ reader: inout ByteReader) throws(FormatError) -> Provenance {
    var place = reader.offset
    let count = Int(try reader.u16())
    guard count <= Limits.provenanceEntries else {
      throw FormatError(
        .limit, at: place,
        "There are \(count) provenance entries; at most \(Limits.provenanceEntries) are allowed.")
    }
    var result = Provenance()
    for _ in 0..<count {
      try requireMemory(1 << 18)
      place = reader.offset
      let key = try reader.string(limit: Limits.nameBytes, what: "A provenance key")
      guard key.isName else { throw FormatError(.value, at: place, "A provenance key must be a plain name.") }
      if let last = result.entries.last {
        guard last.key.utf8.lexicographicallyPrecedes(key.utf8) else {
          throw FormatError(.value, at: place, "The provenance key \(key) is repeated or out of order.")
        }
      }
      result.entries.append(Entry(key: key, value: try Value.read(&reader)))
    }
    try reader.finish("The provenance")
    return result
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    guard entries.count <= Limits.provenanceEntries else {
      throw FormatError(.limit, "There are more than \(Limits.provenanceEntries) provenance entries.")
    }
    writer.u16(UInt16(entries.count))
    for entry in entries {
      guard entry.key.isName else {
        throw FormatError(.value, "The provenance key \(entry.key) must be a plain name.")
      }
      try writer.string(entry.key, limit: Limits.nameBytes, what: "A provenance key")
      try entry.value.write(&writer)
    }
  }
}

extension Provenance.Value {
  fileprivate static func read(_ reader: inout ByteReader) throws(FormatError) -> Self {
    let place = reader.offset
    switch try reader.u8() {
    case 1:
      return .string(try reader.string(limit: Limits.provenanceStringBytes - 1, what: "A provenance text"))
    case 2: return .integer(Int64(bitPattern: try reader.u64()))
    case 3:
      let valuePlace = reader.offset
      let value = try reader.f64()
      guard value.isFinite else {
        throw FormatError(.value, at: valuePlace, "A provenance number is not finite.")
      }
      return .real(value)
    case 4:
      let valuePlace = reader.offset
      let value = try reader.u8()
      guard value <= 1 else {
        throw FormatError(.value, at: valuePlace, "A provenance flag is neither 0 nor 1.")
      }
      return .flag(value == 1)
    default:
      throw FormatError(
        .unsupported, at: place, "A provenance entry has a type that this program does not know.")
    }
  }

  fileprivate func write(_ writer: inout ByteWriter) throws(FormatError) {
    switch self {
    case .string(let text):
      writer.u8(1)
      try writer.string(text, limit: Limits.provenanceStringBytes - 1, what: "A provenance text")
    case .integer(let value):
      writer.u8(2)
      writer.u64(UInt64(bitPattern: value))
    case .real(let value):
      guard value.isFinite else { throw FormatError(.value, "A provenance number is not finite.") }
      writer.u8(3)
      writer.f64(value)
    case .flag(let value):
      writer.u8(4)
      writer.u8(value ? 1 : 0)
    }
  }
}

extension String {
  /// Whether this is a name in the sense of spec, notation: 1 to 128 letters, digits and `._/-`, in ASCII.
  package var isName: Bool {
    guard (1...Limits.nameBytes).contains(utf8.count) else { return false }
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
        UInt8(ascii: "-"):
        continue
      default: return false
      }
    }
    return true
  }
}
