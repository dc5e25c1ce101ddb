import FermTrain

/// How many faces a data set has, by split and class.
enum DataCounts {
  /// A line for each split: `train: 24 faces (angry 4, happy 10, sad 10)`.
  static func lines(of data: FaceData) -> [String] {
    var lines = ["\(data.path): \(data.classes.count) classes"]
    for split in FaceSplit.allCases {
      guard let faces = data.splits[split.rawValue] else { continue }
      var counts = [Int](repeating: 0, count: data.classes.count)
      for face in faces { counts[face.label] += 1 }
      let shown = zip(data.classes, counts).prefix(12).map { "\($0) \($1)" }.joined(separator: ", ")
      let rest = counts.dropFirst(12)
      let more =
        rest.isEmpty
        ? "" : ", and \(rest.count) more classes of \(rest.min() ?? 0) to \(rest.max() ?? 0)"
      lines.append("  \(split.rawValue): \(faces.count) faces (\(shown)\(more))")
    }
    return lines
  }

  /// The splits that there are, for people.
  static func names(_ data: FaceData) -> String {
    FaceSplit.allCases.map { $0.rawValue }.filter { data.splits[$0] != nil }.joined(separator: ", ")
  }
}
