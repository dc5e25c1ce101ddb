import FermFiles
import FermToolSupport
import FermTrain
import Foundation

/// An evaluation by groups of faces, such as people's ages: `eval --by`.
struct GroupScores {
  /// A column of the table: what it says, and how good the model is where it says so.
  struct Grouping {
    let name: String
    let groups: [Group]
  }

  /// The faces of which a column says one thing.
  struct Group {
    /// What it says; nil for the faces of which nothing is said.
    let value: String?
    let evaluation: Evaluation

    /// Whether the interval is so wide that the figure says little.
    var isSmall: Bool { evaluation.count < GroupScores.fewest }
  }

  /// With fewer faces than these, the 95 % interval reaches more than 10 points to a side.
  static let fewest = 100
  /// More groups than anybody compares: numbers that were meant to be ranges.
  private static let mostGroups = 200

  let groupings: [Grouping]

  /// - Parameters:
  ///   - faces: the faces' names and labels.
  ///   - evaluate: the evaluation of the faces at some places.
  init(_ rows: FaceRows, _ faces: FaceSet, _ evaluate: ([Int]) -> Evaluation) throws(TrainError) {
    let values = try rows.values(of: faces.names)
    var groupings: [Grouping] = []
    for (column, name) in rows.columns.enumerated() {
      let said = Dictionary(grouping: faces.labels.indices) { face in
        values[face].flatMap { $0[column].isEmpty ? nil : $0[column] }
      }
      guard said.count <= Self.mostGroups else {
        throw .data(
          "\(rows.name): the column \(name.printable) has \(said.count) values for these faces, too many to be groups; give ranges, or leave the column out."
        )
      }
      // What a column says in the order of numbers and words, the faces without a word last.
      let order = said.keys.sorted { a, b in
        guard let a, let b else { return a != nil }
        return a.compare(b, options: .numeric) == .orderedAscending
      }
      groupings.append(
        Grouping(name: name, groups: order.map { Group(value: $0, evaluation: evaluate(said[$0] ?? [])) }))
    }
    self.groupings = groupings
  }

  /// A line for each group.
  var text: String {
    func percent(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", 100 * value) }
    return groupings.map { grouping in
      let names = grouping.groups.map { $0.value?.printable ?? "(not said)" }
      let width = names.map { $0.count }.max() ?? 0
      let rows = zip(names, grouping.groups).map { name, group in
        let e = group.evaluation
        let count = String(repeating: " ", count: max(0, 7 - "\(e.count)".count)) + "\(e.count)"
        let small = group.isSmall ? "; too few faces to tell" : ""
        return "  " + name + String(repeating: " ", count: width - name.count) + "\(count) faces  "
          + "\(percent(e.top1, 2)) %  (\(percent(e.interval.low, 1)) to \(percent(e.interval.high, 1)))"
          + "  mean recall \(percent(e.macro.recall, 1)) %\(small)"
      }
      return (["by \(grouping.name.printable) (top-1, 95 % interval)"] + rows).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The same for programs.
  var member: JSONValue.Member {
    .init(
      "by",
      .object(
        groupings.map { grouping in
          .init(
            grouping.name,
            .array(
              grouping.groups.map { group in
                let e = group.evaluation
                return .members(
                  ("value", group.value.map { .string($0) } ?? .null), ("n", .int(e.count)),
                  ("top1", .double(e.top1)),
                  ("interval95", .array([.double(e.interval.low), .double(e.interval.high)])),
                  ("mean_recall", .double(e.macro.recall)), ("too_few", .bool(group.isSmall)))
              }))
        }))
  }
}
