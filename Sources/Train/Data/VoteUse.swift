internal import FermFiles

/// How people's votes on a face teach: the four ways of Barsoum et al., 2016 (arXiv 1608.01041, section 3).
///
/// In all of them a single vote for something counts as none, and a face is left out when its votes do not agree enough, or
/// agree that the emotion is unknown or that there is no face; docs/splits.md says when.
public enum VoteUse: String, CaseIterable, Sendable {
  /// The class that most votes are for is the label.
  case majority
  /// In each epoch a label is drawn by the shares of the votes.
  case probabilistic
  /// Every class with a share of the votes is right: the loss is that of the likeliest of them.
  case multiTarget = "multi-target"
  /// The shares of the votes are the target.
  case distribution

  /// What the votes on a face come to.
  ///
  /// - Parameter votes: on each of ``VoteTable/classes``, on an unknown emotion, and on there being no face.
  /// - Returns: the share of each class; nil for a face that is left out.
  func shares(of votes: [Int]) -> [Float]? {
    let raw = votes.map { $0 > 1 ? Double($0) : 0 }
    let total = raw.reduce(0, +)
    let kept: [Double]
    switch self {
    case .majority:
      let most = raw.max() ?? 0
      let first = raw.firstIndex(of: most)
      kept = raw.indices.map { $0 == first && most > 0.5 * total ? most : 0 }
    case .multiTarget: kept = raw.map { $0 >= 0.3 * total ? $0 : 0 }
    case .probabilistic, .distribution:
      guard let largest = Self.largest(raw, total) else { return nil }
      kept = largest
    }
    let sum = kept.reduce(0, +)
    guard sum > 0.5 * total, let most = kept.max(), let first = kept.firstIndex(of: most),
      first < VoteTable.classes.count
    else { return nil }
    let classes = kept.prefix(VoteTable.classes.count)
    let all = classes.reduce(0, +)
    return classes.map { Float($0 / all) }
  }

  /// The votes for what got most of them: as many of the largest as make three quarters, three at most. What is unknown or no
  /// face ends the list, and is no part of it behind others.
  ///
  /// - Returns: nil where equal numbers make more than three of them.
  private static func largest(_ votes: [Double], _ total: Double) -> [Double]? {
    var rest = votes
    var kept = [Double](repeating: 0, count: votes.count)
    var (part, count, goesOn) = (0.0, 0, true)
    while part < 0.75 * total, count < 3, goesOn {
      let most = rest.max() ?? 0
      for i in rest.indices where rest[i] == most {
        (kept[i], rest[i]) = (most, 0)
        part += most
        count += 1
        guard i >= VoteTable.classes.count else { continue }
        goesOn = false
        if kept.reduce(0, +) > most {
          kept[i] = 0
          count -= 1
        }
        break
      }
    }
    return count > 3 ? nil : kept
  }
}

extension FaceData {
  /// The same faces with FER+'s classes, labelled by votes; faces that training faces' way, or a majority of the votes for
  /// others, leaves out are gone, and ``notes`` count them.
  ///
  /// - Parameter use: how the votes on training faces teach; those on others have the majority's label.
  /// - Throws: `data`, naming a face without votes, or votes that are not of this data.
  public func voted(by table: VoteTable, as use: VoteUse) throws(TrainError) -> FaceData {
    var result = self
    result.classes = VoteTable.classes
    for (split, faces) in splits.sorted(by: { $0.key < $1.key }) {
      let way = split == FaceSplit.train.rawValue ? use : .majority
      var kept: [LabelledFace] = []
      for var face in faces {
        guard let row = table.row(of: face) else {
          throw .data("\(table.path.printable): there are no votes on \(face.name) in it.")
        }
        if let other = row.split, isSplit, other.rawValue != split, face.line != nil {
          throw .data(
            "\(table.path.printable), line \(row.line): these are votes on a face of \(other.rawValue), and \(face.name) is of \(split): the two tables do not belong together."
          )
        }
        guard let shares = way.shares(of: row.votes) else { continue }
        face.label = shares.indices.reduce(0) { shares[$1] > shares[$0] ? $1 : $0 }
        face.lesson.votes = way == .majority ? [] : shares
        kept.append(face)
      }
      if kept.count < faces.count {
        result.notes.append(
          "\(table.path.printable): \(faces.count - kept.count) of \(faces.count) \(split) faces are left out, as their votes do not agree enough (\(way.rawValue))."
        )
      }
      result.splits[split] =
        kept.isEmpty ? nil : Self.ordered(kept, classes: VoteTable.classes.count) { $0 }
    }
    return result
  }
}
