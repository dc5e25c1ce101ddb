import FermToolSupport
import FermTrain

/// What a sweep was asked for: settings that vary, seeds, and what all runs have.
struct SweepPlan {
  /// Options of a sweep beside those of a run.
  static let valued = FitOptions.valued + [OptionWords.grid, "--seeds", "--random", "--jobs"]
  static let flags = FitOptions.flags + ["--halving"]
  /// What a sweep that goes on may be given anew.
  static let free: Set<String> = [
    "--out", "--jobs", "--threads", "--quiet", "--resume", "--overwrite", Configuration.option,
  ]
  /// The most runs of one sweep.
  static let mostRuns = 10_000

  let axes: [SweepAxis]
  let combinations: [SweepCombination]
  let seeds: [Int]
  /// The rounds in which settings drop out; nil where all are trained to the end.
  let halving: SweepHalving?
  /// The words that all runs have.
  let fixed: [String]
  /// The command line that stands for all of this.
  let command: [String]
  /// The settings that vary, in the order in which they are shown.
  let keys: [String]

  /// Reads a command line, and tries whether that of every run can be used.
  ///
  /// - Parameter out: the sweep's folder.
  init(_ words: [String], out: String) throws {
    let items = OptionWords.split(words, valued: Self.valued)
    let own = items.filter { !$0.isGrid }
    let arguments = try Self.parsed(own.flatMap { $0.words })
    axes = try items.filter { $0.isGrid }.map { try SweepAxis($0.value ?? "") }
    try Self.check(axes, beside: own)
    let first = try arguments.integer("--seed", in: 0...Int.max / 2) ?? Int(FitOptions().settings.seed)
    let count = try arguments.integer("--seeds", in: 1...1000) ?? 1
    seeds = Array(first..<first + count)

    var kept = own.filter { !Self.free.contains($0.subject) }
    if !kept.contains(where: { $0.subject == "--precision" }),
      !axes.contains(where: { $0.key == "precision" })
    {
      // What another processor would choose must not decide in the midst of a sweep.
      kept += OptionWords.split(["--precision", TrainingPrecision.fastest.rawValue], valued: Self.valued)
    }
    let sweeps: Set<String> = ["--seeds", "--random", "--halving", "--seed"]
    fixed = RunPaths.absolute(
      kept.filter { !sweeps.contains($0.subject) }.flatMap { $0.words },
      data: try arguments.string("--data") ?? FitOptions.usualData())
    command =
      axes.flatMap { [OptionWords.grid, $0.word] }
      + kept.filter { sweeps.contains($0.subject) }.flatMap { $0.words } + fixed

    combinations = try Self.drawn(axes, arguments, seed: first, runs: count)
    var keys: [String] = []
    for setting in combinations.flatMap({ $0.settings }) where !keys.contains(setting.key) {
      keys.append(setting.key)
    }
    self.keys = keys
    let options = try SweepCheck(out, fixed).options(of: combinations, seed: first)
    halving =
      arguments.has("--halving")
      ? try SweepHalving(options, fixed: arguments) : nil
  }

  /// The words of a run.
  func words(of combination: SweepCombination, seed: Int, epochs: Int?) -> [String] {
    let words = combination.words(fixed) + ["--seed", "\(seed)"]
    guard let epochs else { return words }
    return FitOptions.without(["--epochs"], words) + ["--epochs", "\(epochs)"]
  }

  /// What a command line says beside its grid.
  static func parsed(_ words: [String]) throws(UsageError) -> Arguments {
    let arguments = try Arguments(words, valued: valued, flags: flags, foreign: ForeignNames.sweeping)
    if let word = arguments.positional.first {
      throw UsageError("\(word) is no option of a sweep; what varies is --grid KEY=V1,V2.")
    }
    if arguments.string("--from-epoch") != nil {
      throw UsageError("--from-epoch goes on with one run, and not with a sweep.")
    }
    return arguments
  }

  /// Refuses what is said twice.
  private static func check(_ axes: [SweepAxis], beside fixed: [OptionWords]) throws(UsageError) {
    guard !axes.isEmpty else {
      throw UsageError(
        "sweep needs something that varies: --grid lr=0.01,0.05, as often as there are settings.")
    }
    let given = Set(fixed.map { $0.subject })
    for (place, axis) in axes.enumerated() {
      guard !axes[..<place].contains(where: { $0.key == axis.key }) else {
        throw UsageError("--grid \(axis.key) is there twice; name all its values in one.")
      }
      guard !given.contains("--\(axis.key)") else {
        throw UsageError("--\(axis.key) is given beside --grid \(axis.key); choose one.")
      }
      for setting in axis.values.flatMap({ $0.dropFirst() }) {
        guard !axes.contains(where: { $0.key == setting.key }) else {
          throw UsageError(
            "--grid \(axis.key): a value brings \(setting.key)=\(setting.value), and \(setting.key) varies by itself; choose one."
          )
        }
      }
    }
  }

  /// The combinations: all, or some drawn by the seed.
  private static func drawn(
    _ axes: [SweepAxis], _ arguments: Arguments, seed: Int, runs: Int
  ) throws(UsageError) -> [SweepCombination] {
    let all = axes.reduce(1) { product, axis in
      let (value, isTooMuch) = product.multipliedReportingOverflow(by: axis.values.count)
      return isTooMuch ? .max : value
    }
    let some = try arguments.integer("--random", in: 1...mostRuns)
    let count = min(all, some ?? all)
    guard count <= mostRuns / runs else {
      throw UsageError(
        "The grid has \(grouped(all)) combinations, with \(runs) \(runs == 1 ? "run" : "runs") each; a sweep has at most \(grouped(mostRuns)) runs: --random K draws K of the combinations."
      )
    }
    guard count < all else { return SweepCombination.list(axes, at: 0..<all) }
    var numbers = RandomNumbers(seed: UInt64(seed), 0x7377_6565)
    var places: Set<Int> = []
    while places.count < count { places.insert(numbers.below(all)) }
    return SweepCombination.list(axes, at: places.sorted())
  }
}
