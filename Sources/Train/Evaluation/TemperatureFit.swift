internal import Foundation

/// Temperature scaling (Guo et al., 2017): the one number that logits are divided by so that probabilities mean what
/// they say. It changes no decision.
public struct TemperatureFit: Sendable {
  /// The temperature with the least loss on all faces.
  public let temperature: Float
  /// Loss and calibration error without scaling.
  public let before: (loss: Double, calibrationError: Double)
  /// The same with scaling, each face scored at a temperature that was fitted on the other four fifths.
  public let after: (loss: Double, calibrationError: Double)

  /// Fits on logits `[N, classes]`.
  ///
  /// - Parameter seed: fixes the five folds.
  public init(logits: [Float], labels: [Int], classes: Int, seed: UInt64 = 0) {
    let all = Array(labels.indices)
    temperature = Self.best(all, logits, labels, classes)
    let plain = Evaluation(logits: logits, labels: labels, classes: classes, temperature: 1)
    before = (plain.loss, plain.calibrationError)

    var random = RandomNumbers(seed: seed, 0x666F_6C64)
    let order = all.shuffled(using: &random)
    let folds = min(5, max(labels.count, 1))
    var scaled = logits
    for fold in 0..<folds {
      let rest = order.indices.filter { $0 % folds != fold }.map { order[$0] }
      let own = rest.isEmpty ? temperature : Self.best(rest, logits, labels, classes)
      for place in order.indices where place % folds == fold {
        for k in 0..<classes { scaled[order[place] * classes + k] /= own }
      }
    }
    let held = Evaluation(logits: scaled, labels: labels, classes: classes, temperature: 1)
    after = (held.loss, held.calibrationError)
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
    var (low, high) = (-4.0, 4.0)
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
