/// Several tests at once, of which some come out small by chance.
public enum MultipleTests {
  /// Holm's correction (1979): probabilities such that calling differences real where one is below 5 % is wrong anywhere at all
  /// in at most 5 % of studies, however the tests hang together.
  ///
  /// - Returns: the corrected probabilities, in the order of those given.
  public static func holm(_ probabilities: [Double]) -> [Double] {
    var corrected = probabilities
    var largest = 0.0
    let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
    for (rank, place) in order.enumerated() {
      largest = max(largest, Double(probabilities.count - rank) * probabilities[place])
      corrected[place] = min(1, largest)
    }
    return corrected
  }
}
