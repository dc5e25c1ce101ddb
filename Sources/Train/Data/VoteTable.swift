internal import FermFiles

/// FER+: what ten people each said of FER2013's faces, in place of its labels (Barsoum et al., 2016, arXiv 1608.01041).
///
/// `fer2013new.csv` has the columns `Usage`, `Image name`, eight classes, `unknown` and `NF`, and a line for each line of
/// `fer2013.csv`, in its order.
public struct VoteTable: Sendable {
  /// The classes, in the order of the table.
  public static let classes = [
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
  ]
  /// What may be said beside: that the emotion is unknown, and that there is no face.
  static let others = ["unknown", "nf"]

  /// The file.
  public let path: String
  /// A number that stands for all votes in their order; a resumed run checks it.
  public let digest: String
  private var byLine: [Int: Row] = [:]
  private var byName: [String: Row] = [:]

  /// A line of the table.
  struct Row: Sendable {
    let line: Int
    let split: FaceSplit?
    /// For each class, then for ``VoteTable/others``.
    let votes: [Int]
  }

  /// Which field of a line holds what.
  private struct Columns {
    let count: Int
    let votes: [Int]
    let usage: Int?
    let name: Int?

    init(_ head: [String], _ place: String) throws(TrainError) {
      let names = head.map { $0.lowercased() }
      let wanted = VoteTable.classes + VoteTable.others
      let missing = wanted.filter { !names.contains($0) }
      guard missing.isEmpty else {
        throw .data(
          "\(place): the first line of FER+'s table names the columns \(wanted.joined(separator: ", ")), and \(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing."
        )
      }
      count = names.count
      votes = wanted.compactMap { names.firstIndex(of: $0) }
      usage = names.firstIndex(of: "usage")
      name = names.firstIndex(of: "image name")
    }
  }

  /// Reads the table.
  ///
  /// - Throws: `data`, naming the line at fault.
  public init(path: String) throws(TrainError) {
    self.path = path
    let text = path.printable
    var reader = try LineReader(FilePath(path))
    var columns: Columns?
    var state: UInt64 = 0
    while let lines = try reader.next() {
      for line in lines {
        let place = "\(text), line \(line.number)"
        let fields = String(decoding: line.bytes, as: UTF8.self)
          .split(separator: ",", omittingEmptySubsequences: false)
          .map { String($0.filter { $0 != "\"" && $0 != "\u{FEFF}" }).trimmed }
        guard let columns else {
          columns = try Columns(fields, place)
          continue
        }
        let row = try Self.row(fields, line.number, columns, place)
        byLine[line.number] = row
        if let name = columns.name, !fields[name].isEmpty { byName[fields[name]] = row }
        for vote in row.votes { state = RandomNumbers.mix(state &+ UInt64(vote) &+ 1) }
      }
    }
    guard !byLine.isEmpty else { throw .data("\(text): there are no votes in it.") }
    digest = String(state, radix: 16)
  }

  private static func row(
    _ fields: [String], _ number: Int, _ columns: Columns, _ place: String
  ) throws(TrainError) -> Row {
    guard fields.count == columns.count else {
      throw .data("\(place): it has \(fields.count) fields where the first line names \(columns.count).")
    }
    var votes: [Int] = []
    for column in columns.votes {
      guard let count = Int(fields[column]), (0...1_000_000).contains(count) else {
        throw .data("\(place): \(fields[column].printable) is no number of votes.")
      }
      votes.append(count)
    }
    var split: FaceSplit?
    if let usage = columns.usage {
      split = FaceSplit(named: fields[usage])
      guard split != nil else {
        throw .data(
          "\(place): the Usage is \(fields[usage].printable); it must be Training, PublicTest or PrivateTest."
        )
      }
    }
    return Row(line: number, split: split, votes: votes)
  }

  /// The votes on a face: by its line in FER2013's table, or by the name of its file.
  func row(of face: LabelledFace) -> Row? {
    if let line = face.line { return byLine[line.number] }
    return byName[String(decoding: face.path.lastPart, as: UTF8.self)]
  }
}

extension String {
  /// Without spaces around it.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
