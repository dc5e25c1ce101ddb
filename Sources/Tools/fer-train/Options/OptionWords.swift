/// An option of a command line in its own words, with its value; or a word that is neither.
struct OptionWords {
  let words: [String]
  /// The option's name, such as `--lr`; for `--grid lr=0.1,0.2` too, since that says what it says.
  let subject: String

  /// The value, if it takes one.
  var value: String? {
    guard words.count == 1 else { return words.last }
    return words[0].firstIndex(of: "=").map { String(words[0][words[0].index(after: $0)...]) }
  }
  /// Whether it is `--grid`.
  var isGrid: Bool { words[0] == Self.grid || words[0].hasPrefix("\(Self.grid)=") }

  static let grid = "--grid"

  private init(_ words: [String]) {
    self.words = words
    let name = String(words[0].prefix { $0 != "=" })
    let value = words.count > 1 ? words[1] : words[0].dropFirst(name.count + 1).description
    subject = name == Self.grid ? "--" + value.prefix { $0 != "=" } : name
  }

  /// A command line, option by option.
  ///
  /// - Parameter valued: the options that take a value.
  static func split(_ words: [String], valued: [String]) -> [OptionWords] {
    var list: [OptionWords] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let value = valued.contains(word) ? rest.popFirst() : nil
      list.append(OptionWords([word] + (value.map { [$0] } ?? [])))
    }
    return list
  }
}
