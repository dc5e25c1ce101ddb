import FermFiles
import Foundation
import TestSupport
import Testing

@testable import FermTrain

@Suite("Dividing faces")
struct FaceDivisionTests {
  /// Tests/Golden/splits.py made it with scikit-learn.
  private struct Golden: Decodable {
    struct People: Decodable {
      let folds: Int
      let labels: String
      let groups: [Int]
      let mean: Double
      let best: Double
    }
    let sets: [People]
  }

  private func unevenness(_ labels: [Int], _ parts: [Int], folds: Int) -> Double {
    let classes = (labels.max() ?? 0) + 1
    var total = 0.0
    for label in 0...classes {
      let chosen = labels.indices.filter { label == classes || labels[$0] == label }
      let share = Double(chosen.count) / Double(folds)
      for fold in 0..<folds {
        let count = Double(chosen.filter { parts[$0] == fold }.count)
        total += (count - share) * (count - share) / share
      }
    }
    return total
  }

  @Test("groups stay whole, and folds are at least as even as scikit-learn's StratifiedGroupKFold makes them")
  func groups() throws {
    let golden = try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(fileURLWithPath: "\(Support.root)/Tests/Golden/splits.json")))
    for people in golden.sets {
      let labels = people.labels.compactMap { $0.wholeNumberValue }
      let groups = people.groups.map { "\($0)" }
      var total = 0.0
      for seed in 0..<5 as Range<UInt64> {
        let shares = [Double](repeating: 1 / Double(people.folds), count: people.folds)
        let parts = GroupDivision(labels: labels, groups: groups, shares: shares, seed: seed).parts
        #expect(parts == GroupDivision(labels: labels, groups: groups, shares: shares, seed: seed).parts)
        let places = Dictionary(grouping: groups.indices) { groups[$0] }
        #expect(places.values.allSatisfy { Set($0.map { parts[$0] }).count == 1 })
        #expect(Set(parts).count == people.folds)
        total += unevenness(labels, parts, folds: people.folds)
      }
      #expect(total / 5 <= people.mean, "\(total / 5); scikit-learn \(people.mean), at best \(people.best)")
    }
  }

  @Test("shares of groups are as near as groups allow", arguments: [0.1, 0.2, 0.5])
  func shares(share: Double) {
    var random = RandomNumbers(seed: 1)
    var (labels, groups): ([Int], [String]) = ([], [])
    for person in 0..<118 {
      for _ in 0...random.below(6) {
        labels.append(random.below(7))
        groups.append("S\(person)")
      }
    }
    let parts = GroupDivision(labels: labels, groups: groups, shares: [share, 1 - share], seed: 2).parts
    for label in 0..<7 {
      let all = labels.indices.filter { labels[$0] == label }
      let taken = Double(all.filter { parts[$0] == 0 }.count)
      #expect(abs(taken - share * Double(all.count)) <= 2)
    }
  }

  @Test("folds without groups differ by no more than a face, in each class and in all")
  func folds() {
    let labels = (0..<103).map { $0 % 7 == 0 ? 0 : $0 % 3 }
    for count in [2, 5, 10] {
      let folds = FaceData.folds(labels, count: count, seed: 4)
      for label in 0..<4 {
        let counts = (0..<count).map { fold in
          folds.indices.filter { folds[$0] == fold && (label == 3 || labels[$0] == label) }.count
        }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
      }
      #expect(folds != FaceData.folds(labels, count: count, seed: 5))
    }
  }
}
