internal import FermFormat

/// What the words of a line mean where it stands: the parameters of its block, counters, and values.
struct DescriptionScope {
  /// Words that mean the same everywhere.
  static let reserved = ["input", "classes", "channels", "of", "to", "end"]

  /// A value of the graph.
  struct Value {
    let index: Int
    let channels: Int
  }

  enum Meaning {
    case number(Int)
    case name(String)
    case value(Value)
  }

  private var meanings: [String: Meaning]
  /// The value of the line before.
  var last: Value
  /// How many channels the value has that the line takes.
  var channels: Int

  init(input: Value, classes: Int, _ parameters: [String: Meaning] = [:]) {
    meanings = parameters
    meanings["input"] = .value(input)
    meanings["classes"] = .number(classes)
    (last, channels) = (input, input.channels)
  }

  /// Gives a word a number, or a value; a value may be followed by another of the same name.
  mutating func define(_ word: String, _ meaning: Meaning, line: Int) throws(DescriptionFault) {
    switch (meanings[word], meaning) {
    case (nil, _), (.value, .value): meanings[word] = meaning
    default:
      throw DescriptionFault(line, "\(word.quoted) means something else here already; take another word.")
    }
  }

  /// A counter's number ends with the lines that it counts.
  mutating func forget(_ word: String) { meanings[word] = nil }

  /// The value with this name.
  func value(_ word: String, line: Int) throws(DescriptionFault) -> Value {
    guard case .value(let value)? = meanings[word] else {
      throw DescriptionFault(
        line,
        "there is no value \(word.quoted) here; a line above it gives one a name, as in `\(example(word)) = relu`."
      )
    }
    return value
  }

  private func example(_ word: String) -> String { word.isIdentifier ? word : "x" }

  /// The number that a word or an expression of them stands for.
  func number(_ text: String, line: Int) throws(DescriptionFault) -> Int {
    var expression = NumberExpression(text, line: line, scope: self)
    return try expression.value()
  }

  /// The number that one word within an expression stands for: `classes`, or `x.channels`.
  func meaning(of word: String, line: Int) throws(DescriptionFault) -> Int {
    if word == "channels" { return channels }
    if word.hasSuffix(".channels") { return try value(String(word.dropLast(9)), line: line).channels }
    switch meanings[word] {
    case .number(let number): return number
    case .name: throw DescriptionFault(line, "\(word.quoted) is a name, and a number is needed.")
    case .value:
      throw DescriptionFault(
        line, "\(word.quoted) is a value; the number of its channels is `\(word).channels`.")
    case nil:
      throw DescriptionFault(line, "nothing here is called \(word.quoted), and a number is needed.")
    }
  }

  /// A name with what stands in braces replaced: `layer{i}.0`.
  func name(_ text: String, line: Int) throws(DescriptionFault) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "{") {
      result += rest[..<start]
      guard let end = rest[start...].firstIndex(of: "}") else {
        throw DescriptionFault(line, "a `}` is missing in \(text.quoted).")
      }
      let word = String(rest[rest.index(after: start)..<end])
      if case .name(let name)? = meanings[word] {
        result += name
      } else {
        result += "\(try number(word, line: line))"
      }
      // Names within names could double at each block.
      guard result.utf8.count <= Limits.nameBytes else { break }
      rest = rest[rest.index(after: end)...]
    }
    result += rest
    guard result.isName else {
      throw DescriptionFault(
        line,
        "\(result.quoted) can be no name; it is 1 to \(Limits.nameBytes) letters, digits and `._/-`, and what is to be replaced stands in braces."
      )
    }
    return result
  }
}
