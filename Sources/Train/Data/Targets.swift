internal import FermFormat
internal import Foundation

/// What the network should say to each row of a batch: probabilities, and how much the row counts.
///
/// Label smoothing, mixup, weights, votes and a teacher all end here, so the loss has one form.
public struct Targets {
  /// What a teacher says of the faces of a batch.
  public struct Opinion {
    /// `[faces, classes]`.
    let probabilities: [Float]
    /// How much of each face's target it makes up.
    let share: Float
  }

  /// Several classes of which any is right.
  struct Choice {
    let row: Int
    let classes: [Int]
    /// What the likeliest of them gets.
    var weight: Float
  }

  /// `[rows, classes]`; a row sums to its weight, less what its choices have.
  public let values: [Float]
  /// What the logits decide.
  let choices: [Choice]
  /// The label with the largest share in each row.
  public let labels: [Int]
  /// The number of classes.
  public let classes: Int
  /// How many rows are of one face.
  let rowsOfFace: Int
  /// The rows of the whole batch, over which the loss is a mean.
  let batchRows: Int

  /// The number of faces.
  var faces: Int { labels.count / rowsOfFace }

  /// Makes targets.
  ///
  /// - Parameters:
  ///   - smoothing: the share of every label that is spread evenly over all classes (Szegedy et al., 2016).
  ///   - weights: for each class, how much its faces count; the weights of a batch are scaled to a mean of 1.
  ///   - teacher: what takes the place of a part of each label, smoothed or not.
  ///   - mix: rows that were blended by ``mix(_:faces:crops:share:)``, and the first row's share.
  ///   - lessons: what each face teaches beside its label; its weight is one more factor of the face's.
  ///   - votes: whether the shares of a lesson's votes take the label's place (`distribution`), or whichever of their classes
  ///     the network finds likeliest does (`multiTarget`).
  public init(
    _ labels: [Int], classes: Int, smoothing: Float = 0, weights: [Float]? = nil, crops: Int = 1,
    teacher: Opinion? = nil, mix share: Float? = nil, lessons: [Lesson]? = nil, votes: VoteUse = .majority
  ) {
    let rows = labels.count * crops
    var choices: [Choice] = []
    var values = [Float](repeating: 0, count: rows * classes)
    var total: Float = 0
    for row in 0..<rows {
      let face = row / crops
      var parts = [(face, share ?? 1)]
      if let share { parts.append((labels.count - 1 - face, 1 - share)) }
      for (face, part) in parts {
        let label = labels[face]
        let lesson = lessons?[face] ?? Lesson()
        let weight = part * (weights?[label] ?? 1) * lesson.weight
        total += weight
        let taught = weight * (teacher?.share ?? 0)
        if let teacher {
          for k in 0..<classes {
            values[row * classes + k] += taught * teacher.probabilities[face * classes + k]
          }
        }
        let rest = weight - taught
        for k in 0..<classes { values[row * classes + k] += rest * smoothing / Float(classes) }
        let own = rest * (1 - smoothing)
        if votes == .distribution, !lesson.votes.isEmpty {
          for k in 0..<classes { values[row * classes + k] += own * lesson.votes[k] }
        } else if votes == .multiTarget, !lesson.votes.isEmpty {
          let right = lesson.votes.indices.filter { lesson.votes[$0] > 0 }
          choices.append(Choice(row: row, classes: right, weight: own))
        } else {
          values[row * classes + label] += own
        }
      }
    }
    if weights != nil || lessons?.contains(where: { $0.weight != 1 }) ?? false {
      let factor = total > 0 ? Float(rows) / max(total, 1e-20) : 0
      for i in values.indices { values[i] *= factor }
      for i in choices.indices { choices[i].weight *= factor }
    }
    self.values = values
    self.choices = choices
    self.classes = classes
    rowsOfFace = crops
    batchRows = rows
    self.labels = (0..<rows).map { row in
      let face = row / crops
      return (share ?? 1) >= 0.5 ? labels[face] : labels[labels.count - 1 - face]
    }
  }

  /// The targets of some of the faces, whose loss is their part of the batch's.
  func part(_ faces: Range<Int>) -> Targets { Targets(of: self, faces) }

  private init(of batch: Targets, _ faces: Range<Int>) {
    let rows = (faces.lowerBound * batch.rowsOfFace)..<(faces.upperBound * batch.rowsOfFace)
    classes = batch.classes
    values = Array(batch.values[(rows.lowerBound * classes)..<(rows.upperBound * classes)])
    choices = batch.choices.filter { rows.contains($0.row) }.map {
      Choice(row: $0.row - rows.lowerBound, classes: $0.classes, weight: $0.weight)
    }
    labels = Array(batch.labels[rows])
    (rowsOfFace, batchRows) = (batch.rowsOfFace, batch.batchRows)
  }

  /// The targets where these are the logits, `[rows, classes]`: each choice falls on the likeliest of its classes.
  func resolved(by logits: Span<Float>) -> [Float] {
    guard !choices.isEmpty else { return values }
    var values = values
    for choice in choices {
      let first = choice.row * classes
      let best = choice.classes.max { logits[first + $0] < logits[first + $1] } ?? 0
      values[first + best] += choice.weight
    }
    return values
  }

  /// Blends each face with its opposite in the batch (Zhang et al., 2018): the first with the last, and so on.
  static func mix(_ inputs: Tensor, faces: Int, crops: Int, share: Float) {
    let size = inputs.count / max(faces * crops, 1) * crops
    inputs.withMutableSpan { inputs in
      for face in 0..<(faces / 2) {
        let (a, b) = (face * size, (faces - 1 - face) * size)
        for i in 0..<size {
          let (x, y) = (inputs[a + i], inputs[b + i])
          inputs[a + i] = share * x + (1 - share) * y
          inputs[b + i] = share * y + (1 - share) * x
        }
      }
    }
  }

  /// A draw from Beta(alpha, alpha), by Jöhnk's method.
  static func share(alpha: Double, _ random: inout RandomNumbers) -> Float {
    while true {
      let x = pow(Double(random.uniform()), 1 / alpha)
      let y = pow(Double(random.uniform()), 1 / alpha)
      if x + y <= 1, x + y > 0 { return Float(x / (x + y)) }
    }
  }
}

extension FaceSet {
  /// For each class, faces / (classes * faces of the class): rare classes count more.
  func balancedWeights(classes: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: classes)
    for label in labels { counts[label] += 1 }
    return counts.map { Float(count) / Float(classes * max($0, 1)) }
  }
}
