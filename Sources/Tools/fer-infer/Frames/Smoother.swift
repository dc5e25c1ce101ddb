import Glibc

/// The running means of each face's probabilities, in which what is further back counts less: after `constant` seconds, a share of
/// 1 / e. They know nothing of what comes, so they can be written as they go.
struct Smoother {
  private let constant: Double
  private var means: [Int: (values: [Float], clock: Double)] = [:]

  /// - Parameter constant: in seconds.
  init(constant: Double) { self.constant = constant }

  /// The mean of a face's probabilities up to now.
  mutating func mean(with values: [Float], of id: Int, at clock: Double) -> [Float] {
    guard let before = means[id] else {
      means[id] = (values, clock)
      return values
    }
    let share = Float(1 - exp(-(clock - before.clock) / constant))
    let mean = zip(before.values, values).map { $0 + share * ($1 - $0) }
    means[id] = (mean, clock)
    return mean
  }

  /// Forgets all other faces.
  mutating func keep(_ ids: [Int]) {
    guard means.count > ids.count else { return }
    means = means.filter { ids.contains($0.key) }
  }
}
