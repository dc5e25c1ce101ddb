import FermFormat

/// Figures that `fer-train eval -o` wrote into a file: one split seen through one choice of crops.
struct EvaluationRecord {
  /// One class: its name, and what share of its faces is found, of its guesses right.
  struct Scores {
    let label: String
    let recall: Double
    let precision: Double
    let faces: String
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

  /// Reads the entries `eval.SPLIT.CROPS.…`; nil where there is no accuracy among them.
  private init?(_ file: ModelFile, split: String, crops: String) {
    let prefix = "eval.\(split).\(crops)."
    guard let accuracy = file.number(prefix + "accuracy") else { return nil }
    (self.split, self.crops, self.accuracy) = (split, crops, accuracy)
    faces = file.text(prefix + "faces") ?? "an unknown number of"
    if let low = file.number(prefix + "interval95.low"), let high = file.number(prefix + "interval95.high") {
      interval = (low, high)
    } else {
      interval = nil
    }
    top2 = file.number(prefix + "top2")
    loss = file.number(prefix + "loss")
    calibrationError = file.number(prefix + "ece")
    perClass = file.labels.names.enumerated().compactMap { index, label in
      let own = prefix + "class\(index)."
      guard let recall = file.number(own + "recall"), let precision = file.number(own + "precision") else {
        return nil
      }
      return Scores(
        label: label, recall: recall, precision: precision, faces: file.text(own + "faces") ?? "")
    }
  }

  /// All records of a file, by split and crops.
  static func all(in file: ModelFile) -> [EvaluationRecord] {
    var found: [(split: String, crops: String)] = []
    for entry in file.provenance.entries {
      let parts = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard parts.count > 3, parts[0] == "eval", found.last.map({ $0 != (parts[1], parts[2]) }) ?? true
      else { continue }
      found.append((parts[1], parts[2]))
    }
    found.sort { $0 < $1 }
    return found.compactMap { EvaluationRecord(file, split: $0.split, crops: $0.crops) }
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
