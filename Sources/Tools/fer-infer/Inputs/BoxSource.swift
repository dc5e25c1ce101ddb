import FermFiles
import FermToolSupport

/// The pictures of a boxes file in its order; rows of one picture that follow each other share a decoding.
struct BoxSource: InputSource {
  private var rows: BoxRows
  private var ahead: (path: FilePath, box: Result<Box, InputFailure>)?
  private var last: FilePath?
  let complaints: [String] = []

  init(_ rows: BoxRows) {
    self.rows = rows
    ahead = self.rows.next()
  }

  mutating func next() -> Work? {
    guard let row = ahead else { return nil }
    var boxes = [row.box]
    ahead = rows.next()
    while let another = ahead, another.path == row.path, boxes.count < Work.mostFaces {
      boxes.append(another.box)
      ahead = rows.next()
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

  init(_ pictures: PathSource, _ rows: BoxRows, name: String) {
    self.pictures = pictures
    self.name = name
    var rows = rows
    while let row = rows.next() { boxes[row.path.normalised, default: []].append(row.box) }
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
    for start in stride(from: 0, to: boxes.count, by: Work.mostFaces) {
      work.boxes = Array(boxes[start..<min(start + Work.mostFaces, boxes.count)])
      work.continuesPicture = start > 0
      rest.append(work)
    }
    return rest.popFirst()
  }

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
