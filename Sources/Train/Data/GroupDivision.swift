/// Deals groups of faces out to parts, each group whole, so that every part gets its share of every class as nearly as groups
/// allow.
///
/// Groups are taken in a random order, each by the part that lacks most of what it has; then single groups move, and pairs
/// change places, for as long as that brings the parts nearer to their shares. Nearness is the sum over parts and classes of
/// `(faces - share)^2 / share`, with all classes together as one more class.
public struct GroupDivision: Sendable {
  /// For each face, its part, from 0.
  public let parts: [Int]

  /// With more groups than these, single moves bring all that there is to be had.
  private static let mostForPairs = 2000

  /// Divides faces.
  ///
  /// - Parameters:
  ///   - labels: the class of each face.
  ///   - groups: what each face belongs to.
  ///   - shares: of each part, above 0; they sum to 1.
  ///   - seed: fixes the random order.
  /// - Complexity: groups x parts x classes for each round of moves, groups squared x classes for pairs.
  public init(labels: [Int], groups: [String], shares: [Double], seed: UInt64) {
    var places: [String: Int] = [:]
    for group in groups where places[group] == nil { places[group] = places.count }
    let groupOf = groups.map { places[$0] ?? 0 }
    let classes = (labels.max() ?? 0) + 1
    // The last column counts all classes.
    var counts = [[Double]](repeating: [Double](repeating: 0, count: classes + 1), count: places.count)
    for (group, label) in zip(groupOf, labels) {
      counts[group][label] += 1
      counts[group][classes] += 1
    }
    let totals = (0...classes).map { column in counts.reduce(0) { $0 + $1[column] } }
    let present = totals.indices.filter { totals[$0] > 0 }
    let targets = shares.map { share in totals.map { $0 * share } }
    var held = [[Double]](repeating: [Double](repeating: 0, count: classes + 1), count: shares.count)
    var partOf = [Int](repeating: 0, count: places.count)

    /// By how much a part comes further from its share when faces are added to it.
    func change(_ part: Int, _ added: (Int) -> Double) -> Double {
      present.reduce(0) { sum, k in
        let (more, target) = (added(k), targets[part][k])
        return sum + more * (2 * (held[part][k] - target) + more) / target
      }
    }
    func put(_ group: Int, in part: Int, _ sign: Double) {
      for k in present { held[part][k] += sign * counts[group][k] }
    }

    var random = RandomNumbers(seed: seed, 0x6772_6F75)
    let order = counts.indices.shuffled(using: &random)
    for group in order {
      let costs = shares.indices.map { change($0) { counts[group][$0] } }
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      partOf[group] = best
      put(group, in: best, 1)
    }
    var isBetter = shares.count > 1
    var rounds = 0
    while isBetter, rounds < 50 {
      (isBetter, rounds) = (false, rounds + 1)
      for group in order {
        let own = partOf[group]
        let without = change(own) { -counts[group][$0] }
        let costs = shares.indices.map { $0 == own ? 0 : without + change($0) { counts[group][$0] } }
        guard let best = costs.indices.min(by: { costs[$0] < costs[$1] }), costs[best] < -1e-9 else {
          continue
        }
        put(group, in: own, -1)
        put(group, in: best, 1)
        (partOf[group], isBetter) = (best, true)
      }
      guard !isBetter, order.count <= Self.mostForPairs else { continue }
      for (i, a) in order.enumerated() {
        for b in order[(i + 1)...] where partOf[a] != partOf[b] {
          let (from, to) = (partOf[a], partOf[b])
          let cost =
            change(from) { counts[b][$0] - counts[a][$0] } + change(to) { counts[a][$0] - counts[b][$0] }
          guard cost < -1e-9 else { continue }
          for (group, old, new) in [(a, from, to), (b, to, from)] {
            put(group, in: old, -1)
            put(group, in: new, 1)
            partOf[group] = new
          }
          isBetter = true
        }
      }
    }
    parts = groupOf.map { partOf[$0] }
  }
}
