public import FermFiles

extension ByteRecords {
  /// Passes over the byte order mark of UTF-8.
  ///
  /// - Throws: a sentence about text in UTF-16.
  public func passByteOrderMark() throws(FileError) {
    // No further than a line: a program that writes slowly waits for an answer.
    let start = Array(peek(3) { $0 == UInt8(ascii: "\n") || $0 == 0 })
    if start == [0xEF, 0xBB, 0xBF] {
      skip(3)
    } else if [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(start.prefix(2))) {
      throw FileError("\(name): this is text in UTF-16: save it as UTF-8.")
    }
  }
}
