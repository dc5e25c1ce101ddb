import FermFormat
import FermToolSupport

/// Figures that `fer-train eval -o` wrote into a file: one split seen through one choice of crops.
struct EvaluationRecord {
  /// One class: its name, and what share of its faces is found, of its guesses right.
  struct Scores {
    let label: String
    let recall: Double
    let precision: Double
    let faces: String
  }

  /// The same faces cut, turned or shrunk otherwise.
  struct Framing {
    let name: String
    let accuracy: Double
    let interval: (low: Double, high: Double)?
    let change: Double?
    let changeInterval: (low: Double, high: Double)?
  }

  let split: String
  let crops: String
  let faces: String
  let accuracy: Double
  let interval: (low: Double, high: Double)?
  let top2: Double?
  let loss: Double?
  let calibrationError: Double?
  let perClass: [Scores]
  let framings: [Framing]

  /// Takes the entries below `eval.SPLIT.CROPS.`, by the rest of their keys; nil where there is no accuracy among them.
  private init?(_ entries: [Substring: Provenance.Value], split: String, crops: String, labels: [String]) {
    guard let accuracy = entries["accuracy"]?.number else { return nil }
    (self.split, self.crops, self.accuracy) = (split, crops, accuracy)
    faces = entries["faces"]?.text ?? "an unknown number of"
    func interval(_ name: String) -> (low: Double, high: Double)? {
      guard let low = entries["\(name).low"]?.number, let high = entries["\(name).high"]?.number else {
        return nil
      }
      return (low, high)
    }
    self.interval = interval("interval95")
    top2 = entries["top2"]?.number
    loss = entries["loss"]?.number
    calibrationError = entries["ece"]?.number
    perClass = labels.enumerated().compactMap { index, label in
      guard let recall = entries["class\(index).recall"]?.number,
        let precision = entries["class\(index).precision"]?.number
      else { return nil }
      return Scores(
        label: label, recall: recall, precision: precision, faces: entries["class\(index).faces"]?.text ?? "")
    }
    let names = entries.keys.compactMap { key in
      key.hasSuffix(".accuracy") ? FramingName(key.dropLast(".accuracy".count)).map { ($0, key) } : nil
    }
    framings = names.sorted { $0.0 < $1.0 }.compactMap { name, key in
      let prefix = key.dropLast(".accuracy".count)
      return entries[key]?.number.map {
        Framing(
          name: name.words, accuracy: $0, interval: interval("\(prefix).interval95"),
          change: entries["\(prefix).change"]?.number, changeInterval: interval("\(prefix).change95"))
      }
    }
  }

  /// All records of a file, by split and crops.
  static func all(in file: ModelFile) -> [EvaluationRecord] {
    struct Place: Hashable {
      let split: String
      let crops: String
    }
    var found: [Place: [Substring: Provenance.Value]] = [:]
    for entry in file.provenance.entries {
      let parts = entry.key.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
      guard parts.count > 3, parts[0] == "eval" else { continue }
      found[Place(split: String(parts[1]), crops: String(parts[2])), default: [:]][parts[3]] = entry.value
    }
    return found.sorted { ($0.key.split, $0.key.crops) < ($1.key.split, $1.key.crops) }.compactMap {
      EvaluationRecord($0.value, split: $0.key.split, crops: $0.key.crops, labels: file.labels.names)
    }
  }

  /// The record whose classes are shown: one centre crop, if there is such.
  static func shown(of records: [EvaluationRecord]) -> EvaluationRecord? {
    let detailed = records.filter { !$0.perClass.isEmpty }
    return detailed.first { $0.crops == "none" } ?? detailed.first
  }

  /// `ten crops`.
  var view: String {
    switch crops {
    case "none": "one centre crop"
    case "flip": "centre crop and its mirror image"
    case "ten": "ten crops"
    default: crops
    }
  }

  /// `70.61 % top-1 (95 % interval 69.10 to 72.08)`.
  var topOne: String {
    let span = interval.map {
      " (95 % interval \(decimal(100 * $0.low, digits: 2)) to \(decimal(100 * $0.high, digits: 2)))"
    }
    return "\(percent(accuracy, digits: 2)) top-1" + (span ?? "")
  }

  /// All of it in one line, but the classes.
  var line: String {
    var line = "\(topOne), split \(split), \(faces) faces, \(view)"
    if let top2 { line += "; top-2 \(percent(top2, digits: 2))" }
    if let calibrationError { line += "; ECE \(decimal(calibrationError, digits: 4))" }
    return line
  }
}
