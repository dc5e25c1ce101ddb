import FermToolSupport
import FermTrain

/// Which faces choose the best epoch: what `--val` says.
enum ValidationChoice: Equatable {
  /// Those that the data has for it, else a share of the training faces.
  case automatic
  /// Nothing chooses; the last epoch is the best.
  case none
  /// A share of each class's training faces, which then do not train.
  case share(Double)
  /// One of several parts of equal size, from 1: `2/5`.
  case fold(Int, of: Int)
  /// A split of the data.
  case split(FaceSplit)
  /// Other faces.
  case path(String)

  /// The share that is taken where the data has no validation faces.
  static let usualShare = 0.1

  /// Reads the option's value.
  init(_ text: String?) throws(UsageError) {
    guard let text else {
      self = .automatic
      return
    }
    if text == "none" {
      self = .none
    } else if let fold = Self.fold(text) {
      self = fold
    } else if let share = Arguments.number(text) {
      guard share > 0, share < 1 else {
        throw UsageError(
          "--val takes a folder, a CSV file, a split such as private, none, or a share between 0 and 1, not \(text)."
        )
      }
      self = .share(share)
    } else if let split = FaceSplit(named: text), split != .train {
      self = .split(split)
    } else {
      self = .path(text)
    }
  }

  /// Reads `2/5`; a folder of such a name is `./2/5`.
  private static func fold(_ text: String) -> ValidationChoice? {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let fold = numbers[0], let count = numbers[1], Self.folds.contains(count),
      fold >= 1, fold <= count
    else { return nil }
    return .fold(fold, of: count)
  }

  /// How many folds there may be.
  static let folds = 2...100

  /// The part of the training faces that chooses; nil where others do, or none.
  var part: FaceDivision.Part? {
    switch self {
    case .share(let share): .share(share)
    case .fold(let fold, let count): .fold(fold, of: count)
    default: nil
    }
  }
}
