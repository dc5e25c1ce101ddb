internal import FermRuntime

/// How the network's own answers take the place of a part of each label.
public struct LabelCorrection: Equatable, Sendable {
  /// The part of each label.
  public var share: Double
  /// The share of the run after which they do.
  public var from: Double
  /// How much of the average remains from one epoch to the next.
  public var decay: Double

  /// Makes a correction.
  public init(share: Double, from: Double, decay: Double) {
    (self.share, self.from, self.decay) = (share, from, decay)
  }
}

/// What the network has said of each training face while it was trained on it, averaged over the epochs (temporal ensembling; Laine
/// and Aila, 2017): a label that nothing else speaks for loses weight.
struct TemporalEnsemble {
  private let correction: LabelCorrection
  /// The number of classes.
  let classes: Int
  /// `[faces, classes]`: decaying sums of probabilities.
  private(set) var sums: [Float]
  /// For each face, what the probabilities of a class sum to; 0 before the first answer.
  private(set) var weights: [Float]

  /// Begins without answers.
  init(_ correction: LabelCorrection, faces: Int, classes: Int) {
    self.correction = correction
    self.classes = classes
    sums = [Float](repeating: 0, count: faces * classes)
    weights = [Float](repeating: 0, count: faces)
  }

  /// Takes down an epoch's answers to some faces.
  ///
  /// - Parameter logits: `[faces, crops, classes]`; a face's answer is the mean of the probabilities of its crops.
  mutating func remember(_ logits: [Float], of faces: [Int]) {
    let decay = Float(correction.decay)
    let crops = logits.count / max(faces.count * classes, 1)
    for (row, face) in faces.enumerated() {
      var mean = [Double](repeating: 0, count: classes)
      for crop in (row * crops)..<((row + 1) * crops) {
        for (k, p) in softmax(Array(logits[(crop * classes)..<((crop + 1) * classes)])).enumerated() {
          mean[k] += Double(p) / Double(crops)
        }
      }
      for k in 0..<classes {
        sums[face * classes + k] = decay * sums[face * classes + k] + (1 - decay) * Float(mean[k])
      }
      weights[face] = decay * weights[face] + (1 - decay)
    }
  }

  /// What was said of some faces so far, and how much of their targets it makes up at this share of the run.
  func opinion(of faces: [Int], progress: Double) -> Targets.Opinion? {
    guard progress >= correction.from else { return nil }
    return Targets.Opinion(
      probabilities: faces.flatMap { face in
        (0..<classes).map { weights[face] > 0 ? sums[face * classes + $0] / weights[face] : 0 }
      }, shares: faces.map { weights[$0] > 0 ? Float(correction.share) : 0 })
  }

  // MARK: - Checkpoints

  /// All that a run needs to go on.
  var tensors: [(name: String, values: [Float])] { [("answers/sums", sums), ("answers/weights", weights)] }

  /// Takes them back; false where they do not fit.
  mutating func take(_ tensors: [String: [Float]]) -> Bool {
    guard let sums = tensors["answers/sums"], let weights = tensors["answers/weights"],
      sums.count == self.sums.count, weights.count == self.weights.count
    else { return false }
    (self.sums, self.weights) = (sums, weights)
    return true
  }
}
