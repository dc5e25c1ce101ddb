/// Which runs there are, round by round.
extension SweepPlan {
  /// The runs of the first round, which is all there are where nothing is halved.
  var firstRuns: [SweepRun] { runs(of: Array(combinations.indices), round: 1) }

  /// The runs of the round that follows; nil after the last.
  ///
  /// - Parameter runs: those of all rounds so far, ended.
  func runs(after runs: [SweepRun]) -> [SweepRun]? {
    guard let halving, let round = runs.compactMap({ $0.round }).max(), round < halving.lengths.count else {
      return nil
    }
    let rows = SweepTable.sorted(runs.filter { $0.round == round }, keys: keys)
    let kept = rows.filter { $0.spread != nil }.prefix(halving.kept(of: rows.count))
    let settings = kept.compactMap { row in combinations.firstIndex { $0.values == row.settings } }
    return settings.isEmpty ? nil : self.runs(of: settings.sorted(), round: round + 1)
  }

  /// The words of the run as a command line, and the epochs that it is given anew where it goes on from a shorter one.
  func words(of run: SweepRun) -> (words: [String], grown: Int?) {
    guard let place = combinations.firstIndex(where: { $0.values == run.settings }) else { return ([], nil) }
    let words = words(of: combinations[place], seed: run.seed, epochs: run.epochs)
    return (words, halving?.grows(place, into: run.round ?? 1) == true ? run.epochs : nil)
  }

  private func runs(of settings: [Int], round: Int) -> [SweepRun] {
    settings.flatMap { place in
      seeds.map { seed in
        SweepRun(
          name: "\(combinations[place].name)\(length(place, round))_seed-\(seed)",
          settings: combinations[place].values, seed: seed, round: halving == nil ? nil : round,
          epochs: halving?.lengths[round - 1])
      }
    }
  }

  /// What tells the folders of a setting apart whose rounds are runs of their own.
  private func length(_ place: Int, _ round: Int) -> String {
    guard let halving else { return "" }
    // The round in which the folder was begun.
    let begun = (1...round).last { !halving.grows(place, into: $0) } ?? 1
    return "_epochs-\(halving.lengths[begun - 1])"
  }
}
