import FermFiles
import FermToolSupport
import FermTrain

/// What tells which faces belong together, so that no group is divided: what `--group` says.
struct GroupRule: Sendable {
  /// What runs and files call it: `subject`, a pattern, or `table`.
  let name: String
  private let way: Way

  private enum Way: Sendable {
    /// A regular expression, which has been tried.
    case pattern(String)
    case table(FaceRows, column: Int)
  }

  /// The name of a rule that came out of a table.
  static let table = "table"
  /// CK+'s subjects: `S005_001_00000011.png` is of S005.
  private static let subject = "^(S[0-9]{3})_[0-9]{3}_[0-9]{8}"

  /// Whether the option's value is a table.
  static func isTable(_ text: String) -> Bool {
    [".csv", ".tsv"].contains { text.lowercased().hasSuffix($0) }
  }

  /// Reads the option's value.
  init(_ text: String) throws {
    if Self.isTable(text) {
      let rows = try FaceRows(path: text)
      let named = rows.columns.firstIndex { ["group", "subject"].contains($0.lowercased()) }
      guard let column = named ?? (rows.columns.count == 1 ? 0 : nil) else {
        throw TrainError.data(
          "\(rows.name): one of its columns must be called group; there are \(rows.columns.map { $0.printable }.listed)."
        )
      }
      (name, way) = (Self.table, .table(rows, column: column))
      return
    }
    name = text
    let pattern = text == "subject" ? Self.subject : text
    way = .pattern(pattern)
    do { _ = try Regex(pattern) } catch {
      throw UsageError(
        "--group takes subject (CK+'s names), a table (.csv), or a regular expression that finds the group in a face's name, such as '^[A-Z]+'; \(text) is none."
      )
    }
  }

  /// The data with its faces' groups.
  ///
  /// - Throws: a sentence that names a training face without one.
  func grouped(_ data: FaceData) throws(TrainError) -> FaceData {
    let grouped = try data.grouped { faces throws(TrainError) in
      switch way {
      case .pattern(let pattern): groups(of: faces, in: data.path, pattern)
      case .table(let rows, let column):
        try rows.values(of: faces.map { $0.name }).map { values in
          values.flatMap { $0[column].isEmpty ? nil : $0[column] }
        }
      }
    }
    let train = grouped.splits["train"] ?? []
    guard let lost = train.first(where: { $0.group == nil }) else { return grouped }
    let count = train.filter { $0.group == nil }.count
    let more = count > 1 ? ", nor does that of \(count - 1) more faces" : ""
    let sentence =
      switch way {
      case .table(let rows, _):
        "\(rows.name): it has no group for \(lost.name)\(count > 1 ? " and \(count - 1) more training faces" : ""); add rows for them."
      case .pattern:
        name == "subject"
          ? "\(lost.name): its name does not tell its subject as CK+'s do (S005_001_00000011.png)\(more); --group takes another pattern or a table, too."
          : "\(lost.name): its name does not match --group \(name)\(more)."
      }
    throw .data(sentence)
  }

  /// What the pattern finds: its first parenthesis, else all of it. A pattern with a slash looks at the folders below the
  /// data's own, too.
  private func groups(of faces: [LabelledFace], in folder: String, _ pattern: String) -> [String?] {
    guard let expression = try? Regex(pattern) else { return faces.map { _ in nil } }
    return faces.map { face in
      let path = face.path.text
      var text = path[...]
      if pattern.contains("/") {
        if path.hasPrefix(folder) { text = path.dropFirst(folder.count) }
      } else if let slash = path.lastIndex(of: "/") {
        text = path[path.index(after: slash)...]
      }
      guard let output = try? expression.firstMatch(in: text)?.output else { return nil }
      let found = output.count > 1 ? output[1].substring : output[0].substring
      return found.flatMap { $0.isEmpty ? nil : String($0) }
    }
  }
}

/// That no group stands on two sides of a division.
struct GroupCheck {
  private let sides: [(word: String, groups: Set<String>, faces: [LabelledFace])]

  /// - Parameter sides: the faces of each, and what they do: `train`.
  init(_ sides: [(word: String, faces: [LabelledFace])]) {
    self.sides = sides.filter { !$0.faces.isEmpty }.map {
      ($0.word, Set($0.faces.compactMap { $0.group }), $0.faces)
    }
  }

  /// What was found, in one line.
  ///
  /// - Parameter rule: `subject`, or another word for the groups.
  /// - Throws: `data`, naming a group that stands on two sides.
  func sentence(_ rule: GroupRule, of data: String) throws(TrainError) -> String {
    let noun = rule.name == "subject" ? "subject" : "group"
    for (place, side) in sides.enumerated() {
      for other in sides[(place + 1)...] {
        guard let group = side.groups.intersection(other.groups).min() else { continue }
        let faces = [side, other].map { side in
          "\(side.faces.filter { $0.group == group }.count) of its faces \(side.word)"
        }
        throw .data(
          "\(data): the \(noun) \(group.printable) stands on both sides: \(faces.listed); take a share with --val, which leaves groups whole."
        )
      }
    }
    let counts = sides.map { "\($0.groups.count) \($0.word)" }.listed
    return "no \(noun) stands on two sides: \(counts)"
  }
}
