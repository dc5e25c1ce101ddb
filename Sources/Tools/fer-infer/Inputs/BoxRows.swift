import FermFiles
import FermToolSupport

/// The rows of a boxes file: with a header, in any order and among other columns; without, `path,x,y,w,h`.
struct BoxRows {
  private var reader: CSVReader
  /// Where they are read, for people.
  let name: String
  private var columns = BoxColumns.positional
  /// The first row, when it is no header.
  private var first: [[UInt8]]?

  /// Opens the file at `path`, or standard input for `-`.
  ///
  /// - Throws: `usage` for a header that cannot be understood.
  init(path: FilePath) throws(FileError) {
    let bytes = path == FilePath("-") ? ByteRecords() : try ByteRecords(path: path)
    name = bytes.name
    reader = try CSVReader(bytes)
    // Spreadsheets write semicolons where the comma is the decimal point.
    let separators: [UInt8] = [0x2C, 0x3B, 0x09]  // comma, semicolon, tab
    reader.separator = Self.separator(among: separators, &reader)
    guard let row = try reader.next() else { return }
    guard Self.isHeader(row, separator: reader.separator) else {
      first = row
      return
    }
    do throws(BoxColumns.Problem) { columns = try BoxColumns(titles: row.map(Self.title)) } catch {
      let titles = row.prefix(12).map { Self.title($0).printable }.joined(separator: ",")
      throw FileError("\(name): line \(reader.line): the columns \(titles) \(error.words).", kind: .usage)
    }
  }

  /// The next row's path and its box, or what is wrong with it.
  mutating func next() throws(FileError) -> (path: FilePath, box: Result<Box, InputFailure>)? {
    while true {
      var row = first
      first = nil
      if row == nil { row = try reader.next() }
      guard let row else { return nil }
      let path = FilePath(bytes: row.indices.contains(columns.path) ? row[columns.path] : [])
      do throws(Refusal) { return (path, .success(try box(row))) } catch {
        // Files that were joined have a header each.
        if let named = Self.header(row, separator: reader.separator) {
          columns = named
          continue
        }
        let message = "Line \(reader.line) of \(name) has no box: \(error.reason)."
        return (path, .failure(InputFailure(code: "box", message: message)))
      }
    }
  }

  /// Why a row has no box.
  private struct Refusal: Error { let reason: String }

  private func box(_ row: [[UInt8]]) throws(Refusal) -> Box {
    var numbers: [Double] = []
    for column in columns.numbers {
      let text = row.indices.contains(column) ? Self.title(row[column]) : ""
      guard !text.isEmpty else {
        throw Refusal(reason: "it has fewer than five values, path and four numbers of pixels")
      }
      guard let number = Self.number(text, separator: reader.separator), number.isFinite, abs(number) < 1e9
      else {
        throw Refusal(reason: "\(String(text.prefix(40)).printable) is not a number of pixels")
      }
      numbers.append(number)
    }
    var (x, y, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3])
    switch columns.form {
    case .corner: break
    case .corners: (width, height) = (width - x, height - y)
    case .middle: (x, y) = (x - width / 2, y - height / 2)
    }
    guard width > 0, height > 0 else {
      throw Refusal(
        reason: columns.form == .corners
          ? "its right and bottom sides must lie beyond its left and top ones"
          : "w and h must be more than 0")
    }
    if !columns.isNormalised, numbers.allSatisfy({ 0...1 ~= $0 }) {
      throw Refusal(
        reason:
          "its numbers look like shares of the picture, but must be pixels: multiply them, or call the columns x_norm,y_norm,w_norm,h_norm"
      )
    }
    return Box(x: x, y: y, width: width, height: height, isNormalised: columns.isNormalised)
  }

  private static func number(_ text: String, separator: UInt8) -> Double? {
    if let number = Double(text) { return number }
    guard separator != UInt8(ascii: ",") else { return nil }
    return Double(text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "."))
  }

  /// More lines than these before the rows are no remarks.
  private static let mostRemarks = 1000

  /// What stands between fields: with it the first row makes sense. Passes over blank lines, remarks behind `#` and `sep=;`.
  private static func separator(among separators: [UInt8], _ reader: inout CSVReader) -> UInt8 {
    for _ in 0..<mostRemarks {
      let rows = separators.map { ($0, reader.firstRow(separatedBy: $0)) }
      if let fitting = rows.first(where: { fits($0.1, separator: $0.0) }) { return fitting.0 }
      let line = reader.nextLineBytes()
      let isRemark = ["#", "sep=", "\r\n", "\n"].contains { line.starts(with: $0.utf8) }
      guard isRemark else { return rows.max { $0.1.count < $1.1.count }?.0 ?? separators[0] }
      reader.skipLine()
    }
    return separators[0]
  }

  /// Whether a first row makes sense with this between its fields: a header that is understood, or a path and numbers.
  private static func fits(_ row: [[UInt8]], separator: UInt8) -> Bool {
    guard !isHeader(row, separator: separator) else { return header(row, separator: separator) != nil }
    return row.count >= 5 && row[1...4].allSatisfy { number(title($0), separator: separator) != nil }
  }

  /// The columns of a row that is an understood header.
  private static func header(_ row: [[UInt8]], separator: UInt8) -> BoxColumns? {
    isHeader(row, separator: separator) ? try? BoxColumns(titles: row.map(title)) : nil
  }

  /// Whether a first row names columns: none of its fields but the path's is a number.
  private static func isHeader(_ row: [[UInt8]], separator: UInt8) -> Bool {
    row.allSatisfy { number(title($0), separator: separator) == nil }
      && (row.count == 1 || row.dropFirst().contains { !title($0).isEmpty })
  }

  /// A field as text, without spaces at its ends and without a comment's sign before it.
  private static func title(_ field: [UInt8]) -> String {
    let isSpare: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "#") }
    return String(
      decoding: field.drop(while: isSpare).reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
  }
}
