import FermToolSupport
import FermTrain

/// A table of how much faces count: what `--weights` names.
struct FaceWeights: Sendable {
  private let rows: FaceRows
  private let column: Int

  /// Reads the table: the columns path and weight.
  init(path: String) throws {
    rows = try FaceRows(path: path)
    let named = rows.columns.firstIndex { $0.lowercased() == "weight" }
    guard let column = named ?? (rows.columns.count == 1 ? 0 : nil) else {
      throw TrainError.data("\(rows.name): one of its columns must be called weight.")
    }
    self.column = column
  }

  /// The data, its training faces with their weights; the others' do not matter.
  func applied(to data: FaceData) throws(TrainError) -> FaceData {
    var unnamed = 0
    let weighted = try data.weighted { faces throws(TrainError) in
      let values = try rows.values(of: faces.map { $0.name })
      var weights: [Float?] = []
      for (face, values) in zip(faces, values) {
        guard let text = values?[column] else {
          unnamed += 1
          weights.append(nil)
          continue
        }
        guard let weight = Lesson.weight(text) else {
          throw .data("\(rows.name): \(face.name): the \(Lesson.weightFault(text))")
        }
        weights.append(weight)
      }
      return weights
    }
    if unnamed > 0 {
      narrate(
        "\(rows.name): \(unnamed) training faces have no row in it, and the weight that they had without")
    }
    return weighted
  }
}

extension FaceSet {
  /// A number that stands for the faces' weights; nil where all count alike.
  var weightsDigest: String? {
    guard lessons.contains(where: { $0.weight != 1 }) else { return nil }
    let state = lessons.reduce(UInt64(14_695_981_039_346_656_037)) {
      ($0 ^ UInt64($1.weight.bitPattern)) &* 1_099_511_628_211
    }
    return String(state, radix: 16)
  }

  /// What the weights are, in one line; nil where all count alike.
  ///
  /// - Throws: `data` where no face counts.
  func weightsSentence(of data: String) throws(TrainError) -> String? {
    guard weightsDigest != nil else { return nil }
    let weights = lessons.map { $0.weight }
    let none = weights.filter { $0 == 0 }.count
    guard none < count else { throw .data("\(data): the weight of every training face is 0.") }
    let zero = none == 0 ? "" : "; \(none) of them count for nothing"
    return "faces count by their weights, \(weights.min() ?? 0) to \(weights.max() ?? 0)\(zero)"
  }
}
