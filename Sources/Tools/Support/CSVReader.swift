public import FermFiles

/// Reads separated values as RFC 4180 has them: quotes, doubled quotes, line breaks within quotes; LF or CRLF.
///
/// Memory stays bounded: what is no such text is refused by its line.
public struct CSVReader {
  /// What stands between fields.
  public var separator = UInt8(ascii: ",")
  /// The line at which the row that was read last begins, from 1.
  public private(set) var line = 0
  private let bytes: ByteRecords
  private var nextLine = 1

  /// The most bytes of a row.
  private static let mostBytes = 1 << 20

  /// Reads rows from these bytes.
  ///
  /// - Throws: a sentence about what is no text in UTF-8.
  public init(_ bytes: ByteRecords) throws(FileError) {
    self.bytes = bytes
    try bytes.passByteOrderMark()
  }

  /// The bytes of the next line, which stay.
  public func nextLineBytes() -> ArraySlice<UInt8> { bytes.peek(Self.mostBytes) { $0 == UInt8(ascii: "\n") } }

  /// Passes over the next line.
  public mutating func skipLine() {
    bytes.skip(nextLineBytes().count)
    nextLine += 1
  }

  /// The fields of the first row if this stood between them; what ``next()`` gives stays the same.
  public func firstRow(separatedBy separator: UInt8) -> [[UInt8]] {
    nextLineBytes().split(
      separator: separator, omittingEmptySubsequences: false
    ).map { field in
      let isSpare: (UInt8) -> Bool = { [0x22, 0x0A, 0x0D].contains($0) }
      return Array(field.drop(while: isSpare).reversed().drop(while: isSpare).reversed())
    }
  }

  /// The fields of the next row; rows without a byte are passed over.
  ///
  /// - Throws: a sentence with the line of what cannot be read.
  public mutating func next() throws(FileError) -> [[UInt8]]? {
    var (fields, field, isQuoted, wasQuoted) = ([[UInt8]](), [UInt8](), false, false)
    var count = 0
    line = nextLine
    while let byte = bytes.nextByte() {
      count += 1
      guard byte != 0 else { throw failure("a zero byte, which no text has") }
      guard count <= Self.mostBytes else {
        throw failure(
          isQuoted ? "a quote that is not closed" : "a row of more than \(Self.mostBytes) bytes")
      }
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      if isQuoted {
        if byte == UInt8(ascii: "\"") { (isQuoted, wasQuoted) = (false, true) } else { field.append(byte) }
      } else if byte == UInt8(ascii: "\"") && (field.isEmpty || wasQuoted) {
        if wasQuoted { field.append(byte) }
        isQuoted = true
      } else if byte == separator {
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
    if let reason = bytes.failure { throw FileError("\(bytes.name): it cannot be read: \(reason).") }
    guard !isQuoted else { throw failure("a quote that is not closed") }
    if field.last == UInt8(ascii: "\r") { field.removeLast() }
    return fields.isEmpty && field.isEmpty ? nil : fields + [field]
  }

  private func failure(_ what: String) -> FileError {
    FileError("\(bytes.name): line \(line) has \(what); what comes from there on is not used.")
  }
}
