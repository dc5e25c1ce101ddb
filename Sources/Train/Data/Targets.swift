internal import FermFormat

/// What the network should say to each row of a batch: probabilities, and how much the row counts.
///
/// Label smoothing, mixup, CutMix, weights, votes, a teacher and corrected labels all end here, so the loss has one form.
public struct Targets {
  /// What a model says of the faces of a batch.
  public struct Opinion {
    /// `[faces, classes]`, or `[rows, classes]`.
    let probabilities: [Float]
    /// How much of the target of each of these it makes up.
    let shares: [Float]
    /// Whether it is of each row, as it was put together of several faces, and not of each face.
    var isOfRows = false
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
  ///   - opinions: what takes the place of parts of each label, smoothed or not; the parts of a face come to 1 at most.
  ///   - mix: the share of each row that is its own, where a ``FaceBlend`` has put them together with their opposites.
  ///   - lessons: what each face teaches beside its label; its weight is one more factor of the face's.
  ///   - votes: whether the shares of a lesson's votes take the label's place (`distribution`), or whichever of their classes
  ///     the network finds likeliest does (`multiTarget`).
  public init(
    _ labels: [Int], classes: Int, smoothing: Float = 0, weights: [Float]? = nil, crops: Int = 1,
    opinions: [Opinion] = [], mix share: Float? = nil, lessons: [Lesson]? = nil, votes: VoteUse = .majority
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
        var rest = weight
        for opinion in opinions {
          let place = opinion.isOfRows ? row : face
          let taught = weight * opinion.shares[place]
          for k in 0..<classes {
            values[row * classes + k] += taught * opinion.probabilities[place * classes + k]
          }
          rest -= taught
        }
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
}

extension FaceSet {
  /// For each class, faces / (classes * faces of the class): rare classes count more.
  func balancedWeights(classes: Int) -> [Float] {
    var counts = [Int](repeating: 0, count: classes)
    for label in labels { counts[label] += 1 }
    return counts.map { Float(count) / Float(classes * max($0, 1)) }
  }
}
