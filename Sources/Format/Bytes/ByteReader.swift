/// Reads little-endian fields of one chunk in order, and knows where in the file each of them is.
struct ByteReader {
  private let bytes: [UInt8]
  private let start: UInt64
  private(set) var position = 0

  /// - Parameters:
  ///   - bytes: the chunk's payload.
  ///   - start: the payload's place in the file.
  init(_ bytes: [UInt8], at start: UInt64) {
    self.bytes = bytes
    self.start = start
  }

  /// The place in the file of the next byte.
  var offset: UInt64 { start + UInt64(position) }
  var remaining: Int { bytes.count - position }

  mutating func u8() throws(FormatError) -> UInt8 {
    try need(1)
    defer { position += 1 }
    return bytes[position]
  }

  mutating func u16() throws(FormatError) -> UInt16 { UInt16(truncatingIfNeeded: try integer(width: 2)) }
  mutating func u32() throws(FormatError) -> UInt32 { UInt32(truncatingIfNeeded: try integer(width: 4)) }
  mutating func u64() throws(FormatError) -> UInt64 { try integer(width: 8) }
  mutating func f32() throws(FormatError) -> Float { Float(bitPattern: try u32()) }
  mutating func f64() throws(FormatError) -> Double { Double(bitPattern: try u64()) }

  /// A u16 count of bytes, then that many bytes of UTF-8 without NUL.
  mutating func string(limit: Int, what: StaticString) throws(FormatError) -> String {
    let place = offset
    let count = Int(try u16())
    guard count <= limit else {
      throw FormatError(.limit, at: place, "\(what) is \(count) bytes long; at most \(limit) are allowed.")
    }
    try need(count)
    let text = bytes[position..<position + count]
    guard let string = String(validating: text, as: UTF8.self), !text.contains(0) else {
      throw FormatError(.value, at: place, "\(what) is not UTF-8 text.")
    }
    position += count
    return string
  }

  mutating func take(_ count: Int) throws(FormatError) -> [UInt8] {
    try need(count)
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// Every record ends where its chunk ends.
  func finish(_ what: StaticString) throws(FormatError) {
    guard remaining == 0 else {
      throw FormatError(.structure, at: offset, "\(what) has \(remaining) bytes too many.")
    }
  }

  private mutating func integer(width: Int) throws(FormatError) -> UInt64 {
    try need(width)
    var value: UInt64 = 0
    for i in 0..<width { value |= UInt64(bytes[position + i]) << UInt64(8 * i) }
    position += width
    return value
  }

  private func need(_ count: Int) throws(FormatError) {
    guard count <= remaining else {
      throw FormatError(.structure, at: offset, "The chunk ends in the middle of a field.")
    }
  }
}
