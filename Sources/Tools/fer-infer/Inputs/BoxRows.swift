import FermFiles
import FermToolSupport

/// The rows of a boxes file, `path,x,y,w,h`: with a header, in any order and among other columns; without, the first five.
struct BoxRows {
  private var reader: CSVReader
  private let name: String
  private var columns = [0, 1, 2, 3, 4]
  private var first: [[UInt8]]?

  private static let names: [Set<String>] = [
    ["path", "file", "filename", "image"], ["x", "left", "x1", "xmin"], ["y", "top", "y1", "ymin"],
    ["w", "width"], ["h", "height"],
  ]

  /// Opens the file at `path`, or standard input for `-`.
  init(path: String) throws(FileError) {
    name = path == "-" ? "standard input" : path
    reader = CSVReader(path == "-" ? ByteRecords() : try ByteRecords(path: path))
    guard let row = reader.next() else { return }
    let titles = row.map { String(decoding: $0, as: UTF8.self).lowercased() }
    let found = Self.names.map { names in titles.firstIndex { names.contains($0.trimmed) } }
    if found.allSatisfy({ $0 != nil }) {
      columns = found.compactMap { $0 }
    } else {
      first = row
    }
  }

  /// The next row's path and its box, or what is wrong with it.
  mutating func next() -> (path: FilePath, box: Result<Box, InputFailure>)? {
    guard let row = first ?? reader.next() else { return nil }
    first = nil
    let path = FilePath(bytes: row.indices.contains(columns[0]) ? row[columns[0]] : [])
    let texts = columns.dropFirst().map { column in
      row.indices.contains(column) ? String(decoding: row[column], as: UTF8.self).trimmed : ""
    }
    let numbers = texts.compactMap { Double($0) }.filter { $0.isFinite && abs($0) < 1e9 }
    guard numbers.count == 4, numbers[2] > 0, numbers[3] > 0 else {
      let message =
        "Line \(reader.line) of \(name) has no box x,y,w,h but \(texts.joined(separator: ",")): w and h must be more than 0."
      return (path, .failure(InputFailure(code: "box", message: message)))
    }
    return (path, .success(Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])))
  }
}

extension String {
  /// Without spaces at its ends.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
