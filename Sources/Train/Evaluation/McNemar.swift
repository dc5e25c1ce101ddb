internal import Foundation

/// McNemar's test (1947) of two models on the same faces: whether one is right where the other is wrong more often than the other way
/// round. Faces that both have right, or both wrong, say nothing of the difference.
public struct McNemar: Equatable, Sendable {
  /// How the probability was found.
  public enum Method: Equatable, Sendable {
    /// The binomial distribution of the faces that differ.
    case exact
    /// The chi-squared distribution with one degree of freedom, with Edwards's correction for continuity (1948).
    case chiSquared
  }

  /// With so many differing faces the chi-squared distribution is near enough.
  public static let fewest = 25

  /// All faces.
  public let count: Int
  /// Faces that the first model alone has right.
  public let firstOnly: Int
  /// Faces that the second model alone has right.
  public let secondOnly: Int

  /// Makes a test from counts.
  public init(count: Int, firstOnly: Int, secondOnly: Int) {
    (self.count, self.firstOnly, self.secondOnly) = (count, firstOnly, secondOnly)
  }

  /// Compares what two models had right, face by face.
  ///
  /// - Parameters:
  ///   - first: whether the first model was right; as many as `second`.
  ///   - second: the same of the second model, in the same order.
  public init(first: [Bool], second: [Bool]) {
    let pairs = Array(zip(first, second))
    self.init(
      count: pairs.count, firstOnly: pairs.count { $0 && !$1 }, secondOnly: pairs.count { !$0 && $1 })
  }

  /// Which distribution ``probability`` comes from.
  public var method: Method { firstOnly + secondOnly < Self.fewest ? .exact : .chiSquared }

  /// The two-sided probability of a difference at least as large between models that are equally good.
  public var probability: Double {
    let differing = firstOnly + secondOnly
    switch method {
    case .exact:
      var (term, sum) = (pow(0.5, Double(differing)), 0.0)
      for k in 0...min(firstOnly, secondOnly) {
        sum += term
        term *= Double(differing - k) / Double(k + 1)
      }
      return min(1, 2 * sum)
    case .chiSquared:
      let excess = max(0, Double(abs(firstOnly - secondOnly)) - 1)
      return erfc((excess * excess / Double(differing) / 2).squareRoot())
    }
  }

  /// The first model's accuracy less the second's.
  public var difference: Double { Double(firstOnly - secondOnly) / Double(max(count, 1)) }

  /// The 95 % interval of the difference (Bonett and Price, 2012: Wald's with one face more that only either has right).
  public var interval: (low: Double, high: Double) {
    let n = Double(count + 2)
    let (first, second) = (Double(firstOnly + 1) / n, Double(secondOnly + 1) / n)
    let centre = first - second
    let reach = 1.959963984540054 * ((first + second - centre * centre) / n).squareRoot()
    return (max(-1, centre - reach), min(1, centre + reach))
  }
}
