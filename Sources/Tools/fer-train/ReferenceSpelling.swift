import FermToolSupport

/// The reference's own command line, `network=vgg name=my_vgg bs=128 lr=0.1`, as options of ours.
enum ReferenceSpelling {
  private static let options = [
    "network": "--network", "n_epochs": "--epochs", "bs": "--batch", "lr": "--lr", "drop": "--dropout",
    "save_freq": "--save-every",
  ]

  /// The command line with such words replaced; the preset is then `reference`, unless another is named.
  static func translated(_ words: [String]) throws(UsageError) -> [String] {
    var result: [String] = []
    var found = false
    var takesValue = false
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard !takesValue, !word.hasPrefix("-"), parts.count == 2 else {
        takesValue = FitOptions.valued.contains(word)
        result.append(word)
        continue
      }
      found = true
      switch parts[0] {
      case "name": result += ["--out", "runs/\(parts[1])"]
      case "restore_epoch": result.append("--resume")
      case "start_epoch": continue
      default:
        guard let option = options[parts[0]] else {
          throw UsageError(
            "There is no setting \(parts[0]); there are \((options.keys + ["name", "restore_epoch", "start_epoch"]).sorted().joined(separator: ", "))."
          )
        }
        result += [option, parts[1]]
      }
    }
    if found, !result.contains("--preset"), !result.contains("--resume") {
      result += ["--preset", "reference"]
    }
    return result
  }
}
