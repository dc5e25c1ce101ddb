/// A command line that cannot be used: one sentence.
public struct UsageError: Error, Equatable, Sendable {
  /// The sentence.
  public let message: String
  /// Makes an error.
  public init(_ message: String) { self.message = message }
}

/// What a process ends with.
public enum ExitStatus {
  /// All well.
  public static let success: Int32 = 0
  /// Some inputs failed.
  public static let someFailed: Int32 = 1
  /// The command line cannot be used.
  public static let usage: Int32 = 2
  /// The model or the data cannot be used.
  public static let badInput: Int32 = 3
}

/// A parsed command line: `--name value`, `--name=value`, flags, and the rest in order; `--` ends the options.
public struct Arguments: Sendable {
  private var values: [String: String] = [:]
  private var flags: Set<String> = []
  /// What is no option, in order.
  public private(set) var positional: [String] = []
  /// Where each of them stands in the words that were parsed.
  public private(set) var positions: [Int] = []

  /// Parses a command line.
  ///
  /// - Parameters:
  ///   - valued: the options that take a value, such as `--batch`; `-o` is another spelling of `--output`.
  ///   - flags: the options that take none; `--help` and `--version` are always known.
  public init(_ words: [String], valued: [String], flags: [String]) throws(UsageError) {
    let known = valued + flags + ["--help", "--version"]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positional += rest
        positions += rest.indices
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        positions.append(rest.startIndex - 1)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0] == "-o" ? "--output" : parts[0] == "-h" ? "--help" : parts[0]
      if valued.contains(name) {
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw UsageError("\(name) wants a value.")
        }
        values[name] = value
      } else if known.contains(name) {
        guard parts.count == 1 else { throw UsageError("\(name) takes no value.") }
        self.flags.insert(name)
      } else {
        let near = known.min { Self.distance($0, name) < Self.distance($1, name) } ?? "--help"
        let hint = Self.distance(near, name) <= 3 ? "did you mean \(near)?" : "--help lists them."
        throw UsageError("There is no option \(name); \(hint)")
      }
    }
  }

  /// Whether a flag was given.
  public func has(_ flag: String) -> Bool { flags.contains(flag) }
  /// The text of an option.
  public func string(_ name: String) -> String? { values[name] }

  /// A whole number in a range.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "\(name) wants a whole number from \(range.lowerBound) to \(range.upperBound), not \(text).")
    }
    return value
  }

  /// A number in a range.
  public func number(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw UsageError("\(name) wants a number from \(range.lowerBound) to \(range.upperBound), not \(text).")
    }
    return value
  }

  /// One of a few words.
  public func choice(_ name: String, of words: [String]) throws(UsageError) -> String? {
    guard let text = values[name] else { return nil }
    guard words.contains(text) else {
      throw UsageError("\(name) wants one of \(words.joined(separator: ", ")), not \(text).")
    }
    return text
  }

  /// Levenshtein's distance, for hints.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var left = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let best = min(min(row[j], row[j + 1]) + 1, left + (x == y ? 0 : 1))
        left = row[j + 1]
        row[j + 1] = best
      }
    }
    return row[b.count]
  }
}
