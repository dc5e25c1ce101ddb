/// A whole number as a description writes it: `64`, `width*2`, `(count-1)/2`, without spaces.
struct NumberExpression {
  /// The largest number, so that nothing overflows.
  static let limit = Int(Int32.max)

  private let text: String
  private let line: Int
  private let scope: DescriptionScope
  private var rest: Substring.UTF8View

  /// - Parameter text: at most a line, which bounds how deep parentheses go.
  init(_ text: String, line: Int, scope: DescriptionScope) {
    (self.text, self.line, self.scope) = (text, line, scope)
    rest = text[...].utf8
  }

  /// The number. Throws where the text is none, and for a division with a remainder.
  mutating func value() throws(DescriptionFault) -> Int {
    let value = try sum()
    guard rest.isEmpty else { throw unreadable }
    return value
  }

  private mutating func sum() throws(DescriptionFault) -> Int {
    var value = try product()
    while let sign = take("+-") {
      let other = try product()
      value = try bounded(sign == UInt8(ascii: "+") ? value + other : value - other)
    }
    return value
  }

  private mutating func product() throws(DescriptionFault) -> Int {
    var value = try factor()
    while let sign = take("*/") {
      let other = try factor()
      if sign == UInt8(ascii: "*") {
        value = try bounded(value * other)
        continue
      }
      guard other != 0, value % other == 0 else {
        throw DescriptionFault(line, "\(value) / \(other) in \(text.quoted) is no whole number.")
      }
      value /= other
    }
    return value
  }

  private mutating func factor() throws(DescriptionFault) -> Int {
    if take("(") != nil {
      let value = try sum()
      guard take(")") != nil else { throw unreadable }
      return value
    }
    let word = rest.prefix { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: ".") }
    rest = rest[word.endIndex...]
    guard let first = word.first else { throw unreadable }
    if first.isLetter { return try scope.meaning(of: String(decoding: word, as: UTF8.self), line: line) }
    guard word.count <= 10, let number = Int(String(decoding: word, as: UTF8.self)) else { throw unreadable }
    return try bounded(number)
  }

  private mutating func take(_ signs: String) -> UInt8? {
    guard let first = rest.first, signs.utf8.contains(first) else { return nil }
    rest = rest.dropFirst()
    return first
  }

  private func bounded(_ value: Int) throws(DescriptionFault) -> Int {
    guard abs(value) <= Self.limit else {
      throw DescriptionFault(line, "\(text.quoted) is beyond \(Self.limit).")
    }
    return value
  }

  private var unreadable: DescriptionFault {
    DescriptionFault(
      line,
      "\(text.quoted) is no number; it takes whole numbers, words that stand for some, + - * / and parentheses, without spaces."
    )
  }
}
