import FermFiles
import FermToolSupport

/// The pictures of a boxes file in its order; rows of one picture that follow each other share a decoding.
struct BoxSource: InputSource {
  private var rows: BoxRows
  private var ahead: (path: FilePath, box: Result<Box, InputFailure>)?
  private var last: FilePath?
  private(set) var complaints: [String] = []

  /// Boxes of one picture that one piece of work has at most.
  private let mostFaces: Int

  init(_ rows: BoxRows, mostFaces: Int) {
    self.rows = rows
    self.mostFaces = mostFaces
    read()
  }

  /// Reads a row ahead; what cannot be read is the end.
  private mutating func read() {
    do throws(FileError) { ahead = try rows.next() } catch {
      ahead = nil
      complaints.append(error.message)
    }
  }

  mutating func next() -> Work? {
    guard let row = ahead else { return nil }
    var boxes = [row.box]
    read()
    while let another = ahead, another.path == row.path, boxes.count < mostFaces {
      boxes.append(another.box)
      read()
    }
    defer { last = row.path }
    return Work(path: row.path, boxes: boxes, continuesPicture: row.path == last)
  }
}

/// The pictures of another source, each with its boxes; a picture without boxes gives a record that says so.
struct BoxedSource: InputSource {
  private var pictures: PathSource
  private var boxes: [FilePath: [Result<Box, InputFailure>]] = [:]
  private var unused: Set<FilePath> = []
  private var rest: ArraySlice<Work> = []
  private let name: String
  private let mostFaces: Int

  /// All rows are in memory, so there may not be more.
  private static let mostRows = 1 << 22

  init(_ pictures: PathSource, _ rows: BoxRows, mostFaces: Int) throws(FileError) {
    self.pictures = pictures
    self.mostFaces = mostFaces
    name = rows.name
    var (rows, count) = (rows, 0)
    while let row = try rows.next() {
      count += 1
      guard count <= Self.mostRows else {
        throw FileError(
          "\(name): it has more than \(Self.mostRows) rows: leave out PATH, and the photos that it names are the inputs."
        )
      }
      boxes[row.path.normalised, default: []].append(row.box)
    }
    unused = Set(boxes.keys)
  }

  mutating func next() -> Work? {
    if let work = rest.popFirst() { return work }
    guard var work = pictures.next() else { return nil }
    guard work.failure == nil else { return work }
    let key = work.path.normalised
    guard let boxes = boxes[key] else {
      work.boxes = []
      return work
    }
    unused.remove(key)
    for start in stride(from: 0, to: boxes.count, by: mostFaces) {
      work.boxes = Array(boxes[start..<min(start + mostFaces, boxes.count)])
      work.continuesPicture = start > 0
      rest.append(work)
    }
    return rest.popFirst()
  }

  var notes: [String] { pictures.notes }

  var complaints: [String] {
    let example = unused.min { $0.text < $1.text }
    return pictures.complaints
      + (example.map {
        [
          "\(name): the boxes of \(unused.count) pictures that were not among the inputs were not used, such as \($0.printable)."
        ]
      } ?? [])
  }
}

extension FilePath {
  /// Without `./` in front and without doubled slashes, so that two spellings of a path find each other.
  fileprivate var normalised: FilePath {
    var result: [UInt8] = []
    let slash = UInt8(ascii: "/")
    for byte in bytes {
      if byte == slash, result.last == slash || result == [UInt8(ascii: ".")] {
        if result.last != slash { result = [] }
        continue
      }
      result.append(byte)
    }
    return FilePath(bytes: result)
  }
}
