import FermToolSupport
import FermTrain

/// What is compared: a run, or several of one setting whose seeds differ.
struct ComparedRow {
  private(set) var name: String
  let runs: [ComparedRun]
  /// What each run had right.
  let answers: [Answers]

  /// The mean over the seeds of the accuracy on the faces that are compared on.
  let accuracy: Spread
  /// The mean over the seeds of the accuracy on the faces that chose the best epoch.
  let validation: Spread?

  private init?(_ name: String, _ runs: [ComparedRun], _ answers: [Answers]) {
    guard let accuracy = Spread(answers.map { $0.accuracy }) else { return nil }
    (self.name, self.runs, self.answers, self.accuracy) = (name, runs, answers, accuracy)
    let chosen = runs.compactMap { $0.validationAccuracy }
    validation = chosen.count == runs.count ? Spread(chosen) : nil
  }

  /// The 95 % interval of the accuracy: over seeds, or of a single run over faces.
  var interval: (low: Double, high: Double) { Self.interval(accuracy, of: answers[0].count) }
  /// The same for the faces that chose.
  var validationInterval: (low: Double, high: Double)? {
    validation.map { Self.interval($0, of: runs[0].validationCount) }
  }

  private static func interval(_ spread: Spread, of count: Int) -> (low: Double, high: Double) {
    spread.intervalOfShare ?? Evaluation.interval(of: spread.mean, count: count)
  }

  /// A setting, which all its runs share.
  func setting(_ key: String) -> String { runs[0].setting(key) }

  /// The runs as rows: those whose settings differ by the seed alone are one.
  ///
  /// - Parameter namesSettings: whether single runs are called by what sets them apart, too, in place of their folders' names.
  static func rows(_ runs: [(run: ComparedRun, answers: Answers)], namesSettings: Bool) -> [ComparedRow] {
    var groups: [[(run: ComparedRun, answers: Answers)]] = []
    for entry in runs {
      let place = groups.firstIndex { group in group.allSatisfy { $0.run.isSibling(of: entry.run) } }
      if let place {
        groups[place].append(entry)
      } else {
        groups.append([entry])
      }
    }
    let names = names(of: groups.map { $0.map { $0.run } }, namesSettings: namesSettings)
    return zip(names, groups).compactMap { name, group in
      ComparedRow(name, group.map { $0.run }, group.map { $0.answers })
    }
  }

  private static func names(of groups: [[ComparedRun]], namesSettings: Bool) -> [String] {
    let telling = tellingKeys(groups.map { $0[0] })
    var names = groups.map { runs in
      let first = runs[0]
      guard runs.count > 1 || namesSettings else { return first.name }
      let parts = telling.map { "\(short($0)) \(first.setting($0).isEmpty ? "none" : first.setting($0))" }
      return parts.isEmpty
        ? first.name + (runs.count > 1 ? " and its seeds" : "") : parts.joined(separator: ", ")
    }
    for name in Set(names) where names.count(where: { $0 == name }) > 1 {
      for place in names.indices where names[place] == name { names[place] = groups[place][0].path }
    }
    return names
  }

  /// The settings that tell rows apart, without those that only follow from others, as learning rates do from optimisers.
  private static func tellingKeys(_ runs: [ComparedRun]) -> [String] {
    var (keys, told) = ([String](), 1)
    for key in runs.flatMap({ $0.settings.map { $0.key } }) where !keys.contains(key) {
      let apart = Set(runs.map { run in (keys + [key]).map { run.setting($0) } }).count
      if apart > told { (keys, told) = (keys + [key], apart) }
    }
    return keys
  }

  private static func short(_ key: String) -> String {
    let plain = key.hasPrefix("train.") ? String(key.dropFirst(6)) : key
    return plain.split(separator: ".").joined(separator: " ").replacing("_", with: " ")
  }
}
