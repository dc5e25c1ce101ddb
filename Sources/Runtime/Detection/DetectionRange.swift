internal import FermFormat

/// Which faces a detector sees, by their smaller side in shares of the shorter side of its input (spec 4.8).
struct DetectionRange: Sendable {
  /// The smallest that it finds reliably.
  let smallest: Float
  /// The largest.
  let largest: Float

  /// What a file states as `detection.smallest` and `detection.largest`, kept within what makes sense; the usual where it is silent.
  init(_ provenance: Provenance) {
    func stated(_ key: String, _ range: ClosedRange<Double>, usual: Double) -> Double {
      guard case .real(let value) = provenance[key] else { return usual }
      return min(max(value, range.lowerBound), range.upperBound)
    }
    let smallest = stated("detection.smallest", 0.01...0.4, usual: 0.25)
    self.smallest = Float(smallest)
    largest = Float(stated("detection.largest", (1.25 * smallest)...1, usual: 0.9))
  }
}
