internal import Foundation

/// Temperature scaling (Guo et al., 2017): the one number that logits are divided by so that probabilities mean what
/// they say. It changes no decision.
public struct TemperatureFit: Sendable {
  /// What became of the fit.
  public enum Verdict: Equatable, Sendable {
    /// It makes the loss on faces that it was not fitted on smaller.
    case kept
    /// It does not.
    case noGain
    /// It runs to the end of what is searched: the logits say too little.
    case outOfBounds
    /// So many faces are too few.
    case tooFew(Int)
  }

  /// The fewest faces that a temperature is fitted on.
  public static let fewest = 50
  /// Temperatures are looked for from 2 to the power of minus this to 2 to the power of this.
  private static let bound = 4.0

  /// The temperature to divide logits by: the fitted one if it was kept, else 1.
  public var temperature: Float { isKept ? fitted : 1 }
  /// The temperature with the least loss on all faces.
  public let fitted: Float
  /// Whether the fitted temperature is worth having.
  public let verdict: Verdict
  /// Loss and calibration error without scaling.
  public let before: (loss: Double, calibrationError: Double)
  /// The same with the fitted scaling, each face scored at a temperature that was fitted on the other four fifths.
  public let after: (loss: Double, calibrationError: Double)

  /// Whether the fitted temperature was kept.
  public var isKept: Bool { verdict == .kept }

  /// Fits on logits `[views, N, classes]`: one temperature for all ways in which the faces were looked at.
  ///
  /// - Parameters:
  ///   - labels: of the N faces.
  ///   - seed: fixes the five folds; a face is in the same one in every view.
  public init(logits: [Float], labels: [Int], classes: Int, seed: UInt64 = 0) {
    let views = max(1, logits.count / max(labels.count * classes, 1))
    let rows = (0..<views).flatMap { _ in labels }
    let faces = Array(labels.indices)
    /// The rows of some faces, in every view.
    func all(_ faces: [Int]) -> [Int] { (0..<views).flatMap { v in faces.map { v * labels.count + $0 } } }
    let fitted = Self.best(all(faces), logits, rows, classes)
    self.fitted = fitted
    let plain = Evaluation(logits: logits, labels: rows, classes: classes, temperature: 1)
    before = (plain.loss, plain.calibrationError)

    var random = RandomNumbers(seed: seed, 0x666F_6C64)
    let order = faces.shuffled(using: &random)
    let folds = min(5, max(labels.count, 1))
    var scaled = logits
    for fold in 0..<folds {
      let rest = order.indices.filter { $0 % folds != fold }.map { order[$0] }
      let own = rest.isEmpty ? fitted : Self.best(all(rest), logits, rows, classes)
      for row in all(order.indices.filter { $0 % folds == fold }.map { order[$0] }) {
        for k in 0..<classes { scaled[row * classes + k] /= own }
      }
    }
    let held = Evaluation(logits: scaled, labels: rows, classes: classes, temperature: 1)
    after = (held.loss, held.calibrationError)
    if labels.count < Self.fewest {
      verdict = .tooFew(labels.count)
    } else if abs(log2(Double(fitted))) > Self.bound - 0.01 {
      verdict = .outOfBounds
    } else {
      verdict = held.loss < plain.loss ? .kept : .noGain
    }
  }

  /// Golden-section search over the logarithm of the temperature, in which the loss has one minimum.
  private static func best(_ rows: [Int], _ logits: [Float], _ labels: [Int], _ classes: Int) -> Float {
    func loss(_ exponent: Double) -> Double {
      let temperature = exp2(exponent)
      var total = 0.0
      for n in rows {
        let row = logits[(n * classes)..<((n + 1) * classes)]
        let top = Double(row.max() ?? 0)
        var sum = 0.0
        for logit in row { sum += exp((Double(logit) - top) / temperature) }
        total += log(sum) + (top - Double(logits[n * classes + labels[n]])) / temperature
      }
      return total
    }
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-bound, bound)
    var (a, b) = (high - golden * (high - low), low + golden * (high - low))
    var (lossA, lossB) = (loss(a), loss(b))
    while high - low > 1e-4 {
      if lossA < lossB {
        (high, b, lossB) = (b, a, lossA)
        a = high - golden * (high - low)
        lossA = loss(a)
      } else {
        (low, a, lossA) = (a, b, lossB)
        b = low + golden * (high - low)
        lossB = loss(b)
      }
    }
    return Float(exp2((low + high) / 2))
  }
}
