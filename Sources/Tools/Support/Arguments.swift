public import FermFiles

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
  private var values: [String: [FilePath]] = [:]
  private var flags: Set<String> = []
  /// What is no option, in order, byte for byte.
  public private(set) var paths: [FilePath] = []
  /// What is no option, in order.
  public var positional: [String] { paths.map { $0.text } }

  /// Parses a command line.
  ///
  /// - Parameters:
  ///   - valued: the options that take a value, such as `--batch`; `-o` is another spelling of `--output`.
  ///   - flags: the options that take none; `--help` and `--version` are always known.
  ///   - optional: the options that take a value or none, and the ending that tells a value which is a word of its own.
  ///   - foreign: what other programs call some of them, for hints.
  public init(
    _ words: [String], valued: [String], flags: [String], foreign: [String: String] = [:]
  ) throws(UsageError) {
    try self.init(words.map { FilePath($0) }, valued: valued, flags: flags, foreign: foreign)
  }

  /// Parses a command line whose words need not be UTF-8.
  public init(
    _ words: [FilePath], valued: [String], flags: [String], optional: [String: String] = [:],
    foreign: [String: String] = [:]
  ) throws(UsageError) {
    let known = valued + flags + optional.keys.sorted() + ["--help", "--version"]
    var rest = words[...]
    while let word = rest.popFirst() {
      let text = word.text
      if text == "--" {
        paths += rest
        break
      }
      guard text.hasPrefix("-"), text != "-" else {
        paths.append(word)
        continue
      }
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0] == "-o" ? "--output" : parts[0] == "-h" ? "--help" : parts[0]
      if let ending = optional[name], parts.count == 1,
        rest.first?.text.lowercased().hasSuffix(ending) != true
      {
        self.flags.insert(name)
      } else if valued.contains(name) || optional[name] != nil {
        let attached = word.bytes.firstIndex(of: UInt8(ascii: "=")).map {
          FilePath(bytes: Array(word.bytes[($0 + 1)...]))
        }
        let next = rest.first.flatMap { known.contains($0.text) ? nil : $0 }
        guard let value = attached ?? next, !value.bytes.isEmpty else {
          throw UsageError("\(name) needs a value.")
        }
        if parts.count == 1 { rest.removeFirst() }
        values[name, default: []].append(value)
        if optional[name] != nil { self.flags.insert(name) }
      } else if known.contains(name) {
        guard parts.count == 1 else { throw UsageError("\(name) takes no value.") }
        self.flags.insert(name)
      } else {
        // --batch_size is somebody's --batch-size.
        let plain = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
        let near = known.contains(plain) ? plain : foreign[plain] ?? Self.nearest(plain, among: known)
        throw UsageError(
          "There is no option \(name); \(near.map { "did you mean \($0)?" } ?? "--help lists them.")")
      }
    }
  }

  /// Whether a flag was given.
  public func has(_ flag: String) -> Bool { flags.contains(flag) }
  /// The text of an option; given again, the later one holds.
  public func string(_ name: String) -> String? { values[name]?.last?.text }
  /// The texts of an option that may be given again.
  public func strings(_ name: String) -> [String] { values[name, default: []].map { $0.text } }
  /// The path that an option names, byte for byte.
  public func path(_ name: String) -> FilePath? { values[name]?.last }

  /// A whole number in a range.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let bounds =
        range.upperBound == Int.max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw UsageError("\(name) takes a whole number \(bounds), not \(text).")
    }
    return value
  }

  /// A number in a range.
  public func number(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = string(name) else { return nil }
    guard let value = Self.number(text), range.contains(value) else {
      let point = String(text.map { $0 == "," ? "." : $0 })
      let hint = point != text && Self.number(point) != nil ? "; did you mean \(point)?" : "."
      throw UsageError("\(name) takes a number \(Self.words(range)), not \(text)\(hint)")
    }
    return value
  }

  /// A decimal number, finite; nil for anything else, hexadecimal digits and `nan` among it.
  public static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A range for people: `from 0 to 0.95`.
  public static func words(_ range: ClosedRange<Double>) -> String {
    func short(_ value: Double) -> String {
      Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }
    return "from \(short(range.lowerBound)) to \(short(range.upperBound))"
  }

  /// One of a few words.
  public func choice(_ name: String, of words: [String]) throws(UsageError) -> String? {
    guard let text = string(name) else { return nil }
    guard words.contains(text) else {
      let near = Self.nearest(text.lowercased(), among: words).map { "; did you mean \($0)?" } ?? "."
      throw UsageError("\(name) takes one of \(words.joined(separator: ", ")), not \(text)\(near)")
    }
    return text
  }

  /// One of the cases of a type, by its word.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(UsageError) -> Choice? {
    try choice(name, of: Choice.allCases.map { $0.rawValue }).flatMap { Choice(rawValue: $0) }
  }

  /// The word that somebody who wrote `text` may have meant: one with a letter or two different, or with more before or
  /// behind it.
  public static func nearest(_ text: String, among words: [String]) -> String? {
    guard let near = words.min(by: { distance($0, text) < distance($1, text) }) else { return nil }
    let bare = text.drop { $0 == "-" }.count
    if distance(near, text) <= (bare > 4 ? 2 : 1) { return near }
    guard bare > 2 else { return nil }
    return words.first { $0.hasPrefix(text) || text.hasPrefix($0) && $0.drop { $0 == "-" }.count > 2 }
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
