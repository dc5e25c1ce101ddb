/// Reads comma-separated values as RFC 4180 has them: quotes, doubled quotes, line breaks within quotes; LF or CRLF.
public struct CSVReader {
  private let bytes: ByteRecords
  /// The line at which the row that was read last begins, from 1.
  public private(set) var line = 0
  private var nextLine = 1

  /// Reads rows from these bytes.
  public init(_ bytes: ByteRecords) { self.bytes = bytes }

  /// The fields of the next row; rows without a byte are passed over.
  public mutating func next() -> [[UInt8]]? {
    var (fields, field, isQuoted, wasQuoted) = ([[UInt8]](), [UInt8](), false, false)
    line = nextLine
    while let byte = bytes.nextByte() {
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      if isQuoted {
        if byte == UInt8(ascii: "\"") { (isQuoted, wasQuoted) = (false, true) } else { field.append(byte) }
      } else if byte == UInt8(ascii: "\"") && (field.isEmpty || wasQuoted) {
        if wasQuoted { field.append(byte) }
        isQuoted = true
      } else if byte == UInt8(ascii: ",") {
        fields.append(field)
        (field, wasQuoted) = ([], false)
      } else if byte == UInt8(ascii: "\n") {
        if field.last == UInt8(ascii: "\r") { field.removeLast() }
        if fields.isEmpty && field.isEmpty && !wasQuoted {
          line = nextLine
          continue
        }
        return fields + [field]
      } else {
        field.append(byte)
      }
    }
    if field.last == UInt8(ascii: "\r") { field.removeLast() }
    return fields.isEmpty && field.isEmpty ? nil : fields + [field]
  }
}
