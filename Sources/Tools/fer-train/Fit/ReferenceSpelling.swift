import FermToolSupport

/// The reference's own command line, `network=vgg name=my_vgg bs=128 lr=0.1`, as options of ours.
///
/// Such a run does what it says and no more: n_epochs epochs, without the final stage of the preset.
enum ReferenceSpelling {
  private static let options = [
    "network": "--network", "n_epochs": "--epochs", "bs": "--batch", "lr": "--lr", "drop": "--dropout",
    "save_freq": "--save-every", "restore_epoch": "--from-epoch",
  ]
  private static let words = options.keys.sorted() + ["name", "start_epoch"]

  /// The command line with such words replaced; the preset is then `reference`, unless another is named.
  static func translated(_ words: [String]) throws(UsageError) -> [String] {
    var result: [String] = []
    var settings: [String: String] = [:]
    var takesValue = false
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard !takesValue, !word.hasPrefix("-"), parts.count == 2 else {
        takesValue = FitOptions.valued.contains(word)
        result.append(word)
        continue
      }
      guard Self.words.contains(parts[0]) else { throw unknown(parts[0], parts[1]) }
      guard !parts[1].isEmpty else { throw UsageError("\(parts[0])= needs a value.") }
      guard settings.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw UsageError("\(parts[0])= is given twice.")
      }
      if let option = options[parts[0]] { result += [option, parts[1]] }
      if parts[0] == "name" { result += ["--out", "runs/\(parts[1])"] }
    }
    guard !settings.isEmpty else { return words }
    return try completed(result, settings)
  }

  /// Adds what the spelling means without saying it.
  private static func completed(
    _ words: [String], _ settings: [String: String]
  ) throws(UsageError) -> [String] {
    func has(_ option: String) -> Bool { words.contains { $0 == option || $0.hasPrefix("\(option)=") } }
    let restored = settings["restore_epoch"]
    if let start = settings["start_epoch"], start != restored ?? "0" {
      throw UsageError(
        "start_epoch=\(start) says nothing without restore_epoch=\(start), which goes on from that epoch.")
    }
    if restored != nil || has("--resume") { return has("--resume") ? words : words + ["--resume"] }
    var all = words
    if !has("--preset") { all += ["--preset", "reference"] }
    if !has("--final-epochs") { all += ["--final-epochs", "0"] }
    if !has("--save-every") { all += ["--save-every", "20"] }
    return all
  }

  private static func unknown(_ name: String, _ value: String) -> UsageError {
    if FitOptions.valued.contains("--\(name)") {
      return UsageError("There is no setting \(name); the option is called --\(name) \(value).")
    }
    if let near = Arguments.nearest(name, among: Self.words) {
      return UsageError("There is no setting \(name); did you mean \(near)=\(value)?")
    }
    return UsageError("There is no setting \(name); there are \(Self.words.joined(separator: ", ")).")
  }
}
