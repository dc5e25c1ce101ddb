/// Reads little-endian fields of one chunk in order, and knows where in the file each of them is.
struct ByteReader {
  private let bytes: AlignedBytes
  private let start: UInt64
  private var position: Int
  private let end: Int

  /// - Parameters:
  ///   - bytes: what is read, or more than that.
  ///   - range: the part of the bytes that is read; nil for all of them.
  ///   - start: the place in the file of the first of all bytes.
  init(_ bytes: AlignedBytes, _ range: Range<Int>? = nil, at start: UInt64) {
    self.bytes = bytes
    self.start = start
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  /// The place in the file of the next byte.
  var offset: UInt64 { start + UInt64(position) }
  var remaining: Int { end - position }

  mutating func u8() throws(FormatError) -> UInt8 {
    try need(1)
    defer { position += 1 }
    return byte(position)
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
    guard let string = text(count) else { throw FormatError(.value, at: place, "\(what) is not UTF-8 text.") }
    return string
  }

  /// The next `count` bytes, of those that remain, as a text; nil if they are no UTF-8, or hold a NUL.
  mutating func text(_ count: Int) -> String? {
    defer { withExtendedLifetime(bytes) {} }
    // SAFETY: as many bytes remain, and they live at least as long as this value.
    let text = unsafe UnsafeRawBufferPointer(rebasing: bytes.bytes[position..<position + count])
    guard let string = unsafe String(validating: text, as: UTF8.self), unsafe !text.contains(0) else {
      return nil
    }
    position += count
    return string
  }

  mutating func take(_ count: Int) throws(FormatError) -> [UInt8] {
    try need(count)
    defer { position += count }
    // SAFETY: as many bytes remain, and they live at least as long as this value.
    return unsafe Array(bytes.bytes[position..<position + count])
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
    for i in 0..<width { value |= UInt64(byte(position + i)) << UInt64(8 * i) }
    position += width
    return value
  }

  // SAFETY: the callers have asked with `need` whether the byte is there.
  private func byte(_ place: Int) -> UInt8 { unsafe bytes.bytes[place] }

  private func need(_ count: Int) throws(FormatError) {
    guard count <= remaining else {
      throw FormatError(.structure, at: offset, "The chunk ends in the middle of a field.")
    }
  }
}
