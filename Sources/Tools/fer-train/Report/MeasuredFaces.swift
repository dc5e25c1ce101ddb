import FermFormat
import FermRuntime
import FermTrain
import Foundation

/// What a model said of labelled faces, and how good that is.
struct MeasuredFaces {
  let evaluation: Evaluation
  /// The faces themselves and their size, where they may be shown.
  let pictures: (set: FaceSet, size: Extent)?
  private let predictions: Predictions

  /// Takes logits `[N, classes]` of a set's faces.
  ///
  /// - Parameters:
  ///   - data: the folder or table that the set comes from.
  ///   - size: that of the faces; nil where they are not to be shown.
  init(_ logits: [Float], of set: FaceSet, from data: String, as labels: LabelSet, size: Extent?) {
    predictions = Predictions(logits, of: set, from: data, labels: labels, model: "")
    evaluation = Evaluation(
      logits: logits, labels: set.labels, classes: labels.names.count, temperature: labels.temperature)
    pictures = size.map { (set, $0) }
  }

  var classes: [String] { predictions.classes }
  private var faces: [Predictions.Face] { predictions.faces }

  func name(_ face: Int) -> String { faces[face].name }
  func truth(_ face: Int) -> Int { faces[face].truth }
  func said(_ face: Int) -> Int { faces[face].predicted }
  /// The probability of the class that a face was given.
  func confidence(_ face: Int) -> Double { faces[face].probabilities[said(face)] }
  /// The probability of a face's own class.
  private func own(_ face: Int) -> Double { faces[face].probabilities[truth(face)] }
  func loss(_ face: Int) -> Double { -log(max(own(face), 1e-30)) }

  /// The faces of largest loss, the largest first.
  func worst(_ count: Int) -> [Int] {
    Array(faces.indices.sorted { (own($0), $0) < (own($1), $1) }.prefix(count))
  }

  /// What was taken for what, the most frequent first, each with the faces of it, the surest first.
  func confusedPairs(_ count: Int) -> [(truth: Int, said: Int, faces: [Int])] {
    let wrong = Dictionary(grouping: faces.indices.filter { !faces[$0].isRight }) { [truth($0), said($0)] }
    let order = wrong.sorted {
      (-$0.value.count, $0.key[0], $0.key[1]) < (-$1.value.count, $1.key[0], $1.key[1])
    }
    return order.prefix(count).map { pair, faces in
      (pair[0], pair[1], faces.sorted { (-confidence($0), $0) < (-confidence($1), $1) })
    }
  }
}
