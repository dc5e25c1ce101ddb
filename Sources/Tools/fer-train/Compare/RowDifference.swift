import FermTrain

/// How much a row's accuracy is above the one that it is compared with, and whether that says anything.
struct RowDifference {
  enum Test {
    /// A pair of runs on the same faces.
    case mcNemar(McNemar)
    /// Student's t of the differences seed by seed.
    case seeds(Int)
    /// The rows have no seed in common.
    case none

    /// In the words of the table's file.
    var words: String {
      switch self {
      case .mcNemar(let test): test.method == .exact ? "McNemar, exact" : "McNemar, chi-squared"
      case .seeds(let count): "paired t over \(count) seeds"
      case .none: "none"
      }
    }
  }

  let mean: Double
  let interval: (low: Double, high: Double)?
  let test: Test
  /// nil where nothing can be tested.
  let probability: Double?
  /// The probability by Holm's correction over all rows.
  var corrected: Double?

  /// Compares a row with another.
  ///
  /// - Throws: `data` where their runs were judged on different faces.
  init(_ row: ComparedRow, less other: ComparedRow) throws(TrainError) {
    var pairs: [(Int, Int)] = []
    if row.runs.count == 1, other.runs.count == 1 {
      pairs = [(0, 0)]
    } else {
      for (i, run) in row.runs.enumerated() {
        if let j = other.runs.firstIndex(where: { $0.seed == run.seed }) { pairs.append((i, j)) }
      }
    }
    var tests: [McNemar] = []
    for (i, j) in pairs {
      guard let test = row.answers[i].paired(with: other.answers[j]) else {
        throw Self.differentFaces(row.runs[i], other.runs[j])
      }
      tests.append(test)
    }
    guard let single = tests.first, let spread = Spread(tests.map { $0.difference }) else {
      (mean, interval, test, probability) = (row.accuracy.mean - other.accuracy.mean, nil, .none, nil)
      return
    }
    mean = spread.mean
    if tests.count == 1 {
      (interval, test, probability) = (single.interval, .mcNemar(single), single.probability)
    } else {
      (interval, test, probability) = (spread.interval, .seeds(tests.count), spread.probabilityOfNone)
    }
  }

  /// Whether the difference is told from noise; nil where it was not tested.
  var isReal: Bool? { corrected.map { $0 < 0.05 } }

  /// What it comes to, in a word.
  var verdict: String {
    switch isReal {
    case nil: "not tested"
    case false: "noise"
    default: mean > 0 ? "better" : "worse"
    }
  }

  private static func differentFaces(_ a: ComparedRun, _ b: ComparedRun) -> TrainError {
    .data(
      "\(a.path) and \(b.path): their validation faces differ (\(a.validationCount) of \(a.setting("validation.split")), \(b.validationCount) of \(b.setting("validation.split"))), so nothing can be compared face by face; --test SPLIT --data DIR has all of them judged on the same."
    )
  }
}
