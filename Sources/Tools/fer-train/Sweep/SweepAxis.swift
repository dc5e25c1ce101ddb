import FermToolSupport
import FermTrain

/// One setting of a run: an option without its dashes, and its value.
struct SweepSetting: Equatable {
  let key: String
  let value: String
  var option: String { "--\(key)" }
}

/// A setting that varies, with its values: `--grid lr=0.01,0.05`.
///
/// Commas separate values, or semicolons where there is one. Behind a value, others that go with it may follow after spaces:
/// `schedule=cosine,step period=3`.
struct SweepAxis {
  let key: String
  /// What each value sets: the key itself, and what goes with it.
  let values: [[SweepSetting]]

  /// The axis as `--grid` takes it.
  var word: String {
    "\(key)=" + Self.joined(values.map { Self.text($0) })
  }

  /// Reads what follows `--grid`.
  init(_ text: String) throws(UsageError) {
    guard let sign = text.firstIndex(of: "=") else {
      throw UsageError("--grid takes a setting and its values, such as lr=0.01,0.05, and not \(text).")
    }
    let key = String(text[..<sign])
    try Self.check(key)
    let rest = text[text.index(after: sign)...]
    let separator: Character = rest.contains(";") ? ";" : ","
    var texts = rest.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    // A semicolon at the end tells a single value with commas from several.
    if separator == ";", texts.last == "" { texts.removeLast() }
    guard texts.allSatisfy({ !$0.isEmpty }) else {
      throw UsageError(
        "--grid \(text): \(key) has \(rest.isEmpty ? "no values" : "a value with nothing in it"); separate values by commas, as in lr=0.01,0.05."
      )
    }
    for (place, value) in texts.enumerated() where texts[..<place].contains(value) {
      throw UsageError("--grid \(text): the value \(value) is there twice.")
    }
    self.key = key
    values = texts.map { Self.settings(key, $0) }
  }

  /// Values as `--grid` takes them.
  static func joined(_ texts: [String]) -> String {
    texts.contains { $0.contains(",") } ? texts.joined(separator: ";") + ";" : texts.joined(separator: ",")
  }

  /// The keys that a grid may have: options of a run with a value that concern what is trained.
  static let keys = FitOption.all.filter {
    $0.word != nil && !$0.isFree && $0.name != "--seed"
  }.map { String($0.name.dropFirst(2)) }

  private static func check(_ key: String) throws(UsageError) {
    guard !keys.contains(key) else { return }
    if key == "seed" { throw UsageError("--grid seed: seeds are no setting; --seeds N trains each N times.") }
    if FitOption.all.contains(where: { $0.name == "--\(key)" }) {
      throw UsageError("--grid \(key): this option has no values to choose from; give it beside the grid.")
    }
    let plain = String(key.lowercased().map { $0 == "_" ? "-" : $0 }.drop { $0 == "-" })
    let foreign = ForeignNames.training["--\(plain)"].map { String($0.dropFirst(2)) }
    let near = keys.contains(plain) ? plain : foreign ?? Arguments.nearest(plain, among: keys)
    throw UsageError(
      "--grid \(key): there is no such setting\(near.map { "; did you mean \($0)?" } ?? "; they are called as fer-train's options, without dashes.")"
    )
  }

  /// A value and what goes with it. Paths are those from the root.
  private static func settings(_ key: String, _ text: String) -> [SweepSetting] {
    let parts = text.split(separator: " ").map(String.init)
    let others = parts.dropFirst().map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    // A path may have spaces in it.
    let pairs =
      others.allSatisfy { $0.count == 2 && keys.contains($0[0]) }
      ? [(key, parts.first ?? text)] + others.map { ($0[0], $0[1]) } : [(key, text)]
    return pairs.map { key, value in
      SweepSetting(
        key: key, value: RunPaths.isPath("--\(key)", value) ? RunPaths.absolute(value) : value)
    }
  }

  private static func text(_ settings: [SweepSetting]) -> String {
    settings[0].value + settings.dropFirst().map { " \($0.key)=\($0.value)" }.joined()
  }
}
