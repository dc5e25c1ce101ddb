import FermFiles
import FermToolSupport
import FermTrain

/// A table that says something of faces: a row for each, one column with its name, the others with what is said.
struct FaceRows: Sendable {
  /// The file, for people.
  let name: String
  /// The names of the columns beside the faces' own.
  let columns: [String]
  private var rows: [(face: String, line: Int, values: [String])] = []
  private var places: [String: Int] = [:]

  /// What the column with the faces' names may be called.
  private static let nameColumns = ["path", "name", "file", "filename", "image", "image name"]
  /// All rows are in memory, so there may not be more.
  private static let mostRows = 1 << 22

  /// Reads a table: comma, semicolon or tab between the fields, and a first line that names the columns.
  ///
  /// - Throws: a sentence with the line of what cannot be used.
  init(path: String) throws {
    let bytes = try ByteRecords(path: FilePath(path))
    name = bytes.name
    var reader = try CSVReader(bytes)
    reader.separator =
      [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].max { a, b in
        reader.firstRow(separatedBy: a).count < reader.firstRow(separatedBy: b).count
      } ?? reader.separator
    let head = (try reader.next() ?? []).map { Self.text($0) }
    guard let own = head.firstIndex(where: { Self.nameColumns.contains($0.lowercased()) }) else {
      throw TrainError.data(
        "\(name): the first line must name the columns: path for the faces, and one or more others.")
    }
    let others = head.indices.filter { $0 != own && !head[$0].isEmpty }
    guard !others.isEmpty else {
      throw TrainError.data(
        "\(name): beside \(head[own].printable) there is no column, so it says nothing of the faces.")
    }
    columns = others.map { head[$0] }
    while let fields = try reader.next() {
      guard fields.count == head.count else {
        throw TrainError.data(
          "\(name), line \(reader.line): it has \(fields.count) fields where the first line names \(head.count)."
        )
      }
      guard rows.count < Self.mostRows else {
        throw TrainError.data("\(name): it has more than \(grouped(Self.mostRows)) rows.")
      }
      try add(
        Self.bare(FilePath(bytes: fields[own]).printable), reader.line, others.map { Self.text(fields[$0]) })
    }
    guard !rows.isEmpty else { throw TrainError.data("\(name): there are no rows in it.") }
  }

  private mutating func add(_ face: String, _ line: Int, _ values: [String]) throws(TrainError) {
    if let place = places[face] {
      guard rows[place].values == values else {
        throw .data(
          "\(name), line \(line): line \(rows[place].line) says something else of \(face); keep one of them.")
      }
      return
    }
    places[face] = rows.count
    rows.append((face, line, values))
  }

  /// For each face, what its row says; nil where there is none.
  ///
  /// A row names a face as `fer-train` does (`faces/happy/1.png`), or by the end of that, in whole names (`happy/1.png`).
  ///
  /// - Throws: `data` for a row that could be of two faces, and where no row is of any.
  func values(of faces: [String]) throws(TrainError) -> [[String]?] {
    var taken: [Int: Int] = [:]
    var found: [[String]?] = []
    for (number, face) in faces.enumerated() {
      guard let place = place(of: face) else {
        found.append(nil)
        continue
      }
      if let other = taken.updateValue(number, forKey: place), faces[other] != face {
        throw .data(
          "\(name), line \(rows[place].line): \(rows[place].face) could be \(faces[other]) and \(face); give more of the path."
        )
      }
      found.append(rows[place].values)
    }
    guard !taken.isEmpty else {
      let face = faces.first.map { " where a face is called \($0)" } ?? ""
      throw .data("\(name): no row names one of the faces; there is \(rows[0].face)\(face).")
    }
    if taken.count < rows.count {
      let rest = rows.count - taken.count
      narrate("\(name): \(grouped(rest)) of its \(grouped(rows.count)) rows name none of these faces")
    }
    return found
  }

  /// The row of a face: the longest end of its name that some row has.
  private func place(of face: String) -> Int? {
    var rest = Self.bare(face)[...]
    while true {
      if let place = places[String(rest)] { return place }
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      rest = rest[rest.index(after: slash)...]
    }
  }

  /// Without dots and slashes before it that only say where one stands.
  private static func bare(_ path: String) -> String {
    var rest = path[...]
    while let start = ["./", "../", "/"].first(where: { rest.hasPrefix($0) }) {
      rest = rest.dropFirst(start.count)
    }
    return String(rest)
  }

  private static func text(_ field: [UInt8]) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 }
    let bare = field.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    return String(decoding: bare, as: UTF8.self)
  }
}
