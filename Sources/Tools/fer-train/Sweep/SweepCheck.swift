import FermToolSupport
import FermTrain

/// Reads the command line of every run of a sweep as the run itself will, before the first begins.
struct SweepCheck {
  private let out: String
  private let fixed: [String]

  init(_ out: String, _ fixed: [String]) { (self.out, self.fixed) = (out, fixed) }

  /// What each combination asks for.
  ///
  /// - Throws: what is wrong with one, and with which.
  func options(of combinations: [SweepCombination], seed: Int) throws -> [FitOptions] {
    /// What `--init` says of the network, by path.
    var networks: [String: (kind: NetworkKind, width: Double)?] = [:]
    return try combinations.map { combination in
      do {
        let arguments = try FitCommand.parsed(combination.words(fixed) + ["--seed", "\(seed)"])
        guard arguments.string("--folds") == nil else {
          throw UsageError(
            "--folds trains runs of its own, and a sweep says how each does with --seeds N; leave it out.")
        }
        let start = try arguments.string("--init").map { given in
          let path = try ModelPath.resolved(given)
          if networks[path] == nil { networks[path] = .some(try Transfer(path: path).network) }
          return path
        }
        let options = try FitOptions(arguments, like: start.flatMap { networks[$0] ?? nil })
        try options.refuseUnfit(arguments, out: out)
        guard options.validation != .none else {
          throw UsageError(
            "--val none leaves a sweep nothing to compare by; --val 0.1 takes a tenth of each class's.")
        }
        return options
      } catch let error as UsageError {
        // What all have in common needs no combination to be named.
        throw UsageError(
          isOfOne(error.message, combination) ? "With \(combination.title), \(error.message)" : error.message)
      }
    }
  }

  private func isOfOne(_ sentence: String, _ combination: SweepCombination) -> Bool {
    combination.settings.contains { sentence.contains($0.option) }
  }
}
