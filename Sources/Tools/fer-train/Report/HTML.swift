import FermToolSupport

/// A part of a page. What a literal says is taken as it stands, and what is put into it is escaped, so that names of files and
/// classes stay words.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The text, which is well-formed XML, too.
  private(set) var text: String

  init(stringLiteral text: String) { self.text = text }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
  /// Takes what is a part of a page already.
  init(trusted text: String) { self.text = text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ words: String) { text += words.xml }
    mutating func appendInterpolation(_ number: Int) { text += grouped(number) }
    mutating func appendInterpolation(_ part: HTML) { text += part.text }
    mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { text += part.text } }
  }

  /// A table with a heading for each column; the first column and those in `words` hold words, others numbers.
  static func table(_ head: [HTML], _ rows: [[HTML]], words: Set<Int> = []) -> HTML {
    func cell(_ column: Int, _ content: HTML, _ kind: HTML) -> HTML {
      column == 0 || words.contains(column)
        ? "<\(kind)>\(content)</\(kind)>" : "<\(kind) class=\"n\">\(content)</\(kind)>"
    }
    func row(_ cells: [HTML], _ kind: HTML) -> HTML {
      "<tr>\(cells.enumerated().map { cell($0.offset, $0.element, kind) })</tr>\n"
    }
    let top: HTML = head.isEmpty ? "" : "<thead>\(row(head, "th"))</thead>\n"
    return "<div class=\"wide\"><table>\n\(top)<tbody>\n\(rows.map { row($0, "td") })</tbody></table></div>\n"
  }

  /// Facts, each with its name.
  static func facts(_ facts: [(name: String, value: HTML)]) -> HTML {
    "<dl>\n\(facts.map { "<dt>\($0.name)</dt><dd>\($0.value)</dd>\n" as HTML })</dl>\n"
  }
}
