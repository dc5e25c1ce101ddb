internal import FermFormat
internal import Foundation

/// What the network should say to each row of a batch: probabilities, and how much the row counts.
///
/// Label smoothing, mixup, class weights and a teacher all end here, so the loss has one form.
public struct Targets {
  /// What a teacher says of the faces of a batch.
  public struct Opinion {
    /// `[faces, classes]`.
    let probabilities: [Float]
    /// How much of each face's target it makes up.
    let share: Float
  }

  /// `[rows, classes]`; a row sums to its weight.
  public let values: [Float]
  /// The label with the largest share in each row.
  public let labels: [Int]
  /// The number of classes.
  public let classes: Int

  /// Makes targets.
  ///
  /// - Parameters:
  ///   - smoothing: the share of every label that is spread evenly over all classes (Szegedy et al., 2016).
  ///   - weights: for each class, how much its faces count; the weights of a batch are scaled to a mean of 1.
  ///   - teacher: what takes the place of a part of each label, smoothed or not.
  ///   - mix: rows that were blended by ``mix(_:faces:crops:share:)``, and the first row's share.
  public init(
    _ labels: [Int], classes: Int, smoothing: Float = 0, weights: [Float]? = nil, crops: Int = 1,
    teacher: Opinion? = nil, mix share: Float? = nil
  ) {
    let rows = labels.count * crops
    var values = [Float](repeating: 0, count: rows * classes)
    var total: Float = 0
    for row in 0..<rows {
      let face = row / crops
      var parts = [(face, share ?? 1)]
      if let share { parts.append((labels.count - 1 - face, 1 - share)) }
      for (face, part) in parts {
        let label = labels[face]
        let weight = part * (weights?[label] ?? 1)
        total += weight
        let taught = weight * (teacher?.share ?? 0)
        if let teacher {
          for k in 0..<classes {
            values[row * classes + k] += taught * teacher.probabilities[face * classes + k]
          }
        }
        let rest = weight - taught
        for k in 0..<classes { values[row * classes + k] += rest * smoothing / Float(classes) }
        values[row * classes + label] += rest * (1 - smoothing)
      }
    }
    if weights != nil {
      let factor = Float(rows) / max(total, 1e-20)
      for i in values.indices { values[i] *= factor }
    }
    self.values = values
    self.classes = classes
    self.labels = (0..<rows).map { row in
      let face = row / crops
      return (share ?? 1) >= 0.5 ? labels[face] : labels[labels.count - 1 - face]
    }
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
