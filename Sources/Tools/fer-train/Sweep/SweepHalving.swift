import FermToolSupport
import FermTrain

/// Successive halving (Jamieson and Talwalkar, 2016), by thirds: all settings are trained for a part of the epochs, the best
/// third of them for three times as many, and so on to the whole length.
struct SweepHalving {
  /// Which part goes on, and by what the length grows.
  static let divisor = 3

  /// The epochs of each round.
  let lengths: [Int]
  /// Of each round but the first, the settings by place whose runs can go on from the round before; a run of any other
  /// begins anew, with a schedule of its own length.
  private let growing: [Set<Int>]

  /// - Parameter options: of each setting.
  init(_ options: [FitOptions], fixed: Arguments) throws(UsageError) {
    let epochs = options[0].settings.epochs
    guard options.allSatisfy({ $0.settings.epochs == epochs && $0.maxHours == nil }) else {
      throw UsageError(
        "--halving sets the epochs of each round by --epochs, which all settings must have in common.")
    }
    var (left, length, rounds) = (options.count, epochs, 1)
    while left >= Self.divisor, length >= Self.divisor {
      (left, length, rounds) = ((left + Self.divisor - 1) / Self.divisor, length / Self.divisor, rounds + 1)
    }
    guard rounds > 1 else {
      throw UsageError(
        "--halving keeps the best third of the settings and trains them three times as long; it needs at least three settings and three epochs."
      )
    }
    var lengths = [epochs]
    for _ in 1..<rounds { lengths.insert((lengths[0] + Self.divisor - 1) / Self.divisor, at: 0) }
    self.lengths = lengths
    growing = zip(lengths, lengths.dropFirst()).map { before, after in
      Set(options.indices.filter { options[$0].canGrow(from: before, to: after) })
    }
  }

  /// Whether a setting's runs of one round are the beginning of those of the next.
  ///
  /// - Parameter round: the later round, from 1 for the first.
  func grows(_ setting: Int, into round: Int) -> Bool { round > 1 && growing[round - 2].contains(setting) }

  /// How many settings go on from so many.
  func kept(of count: Int) -> Int { (count + Self.divisor - 1) / Self.divisor }
}

extension FitOptions {
  /// Whether a run that has come to its end can go on to another length, and be what it would have been with that length.
  fileprivate func canGrow(from: Int, to length: Int) -> Bool {
    var own = self
    own.settings.epochs = from
    var state = TrainingState()
    state.epoch = from
    return settings.final.epochs == 0 && settings.earlyStop == 0
      && own.obstacle(toLength: length, from: state, batches: 1) == nil
  }
}
