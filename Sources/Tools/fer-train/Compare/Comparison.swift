import FermFormat
import FermRuntime
import FermToolSupport
import FermTrain

/// Rows, one of which the others are compared with.
struct Comparison {
  let rows: [ComparedRow]
  /// The place of the row that the others are compared with.
  let reference: Int
  /// Of each row from the reference; nil for the reference itself.
  private(set) var differences: [RowDifference?]
  /// What the faces are that were compared on: a split that was asked for; nil for the runs' own validation faces.
  let split: String?
  /// Whose answers they are.
  let weights: ComparedRun.Weights

  init(_ rows: [ComparedRow], reference: Int, split: String?, _ weights: ComparedRun.Weights)
    throws(TrainError)
  {
    (self.rows, self.reference, self.split, self.weights) = (rows, reference, split, weights)
    try Self.refuseOtherClasses(rows)
    differences = []
    for (place, row) in rows.enumerated() {
      differences.append(place == reference ? nil : try RowDifference(row, less: rows[reference]))
    }
    let tested = differences.indices.filter { differences[$0]?.probability != nil }
    let corrected = MultipleTests.holm(tested.compactMap { differences[$0]?.probability })
    for (place, probability) in zip(tested, corrected) { differences[place]?.corrected = probability }
  }

  private static func refuseOtherClasses(_ rows: [ComparedRow]) throws(TrainError) {
    let all = rows.flatMap { row in zip(row.runs, row.answers).map { (run: $0, answers: $1) } }
    guard let first = all.first,
      let other = all.first(where: { Set($0.answers.classes) != Set(first.answers.classes) })
    else { return }
    throw .data(
      "\(first.run.path) and \(other.run.path): one tells \(ClassNames.listed(first.answers.classes)) apart and the other \(ClassNames.listed(other.answers.classes)); only models of the same classes can be compared."
    )
  }
}
