/// Builds the bytes of one chunk from little-endian fields.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }
  mutating func u16(_ value: UInt16) { integer(UInt64(value), width: 2) }
  mutating func u32(_ value: UInt32) { integer(UInt64(value), width: 4) }
  mutating func u64(_ value: UInt64) { integer(value, width: 8) }
  mutating func f32(_ value: Float) { u32(value.bitPattern) }
  mutating func f64(_ value: Double) { u64(value.bitPattern) }

  mutating func string(_ text: String, limit: Int, what: StaticString) throws(FormatError) {
    let utf8 = Array(text.utf8)
    guard utf8.count <= limit else {
      throw FormatError(.limit, "\(what) is \(utf8.count) bytes long; at most \(limit) are allowed.")
    }
    guard !utf8.contains(0) else { throw FormatError(.value, "\(what) contains a NUL byte.") }
    u16(UInt16(utf8.count))
    bytes += utf8
  }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  private mutating func integer(_ value: UInt64, width: Int) {
    for i in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * i))) }
  }
}
