/// A JSON document whose objects keep the order of their keys.
public enum JSONValue: Equatable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A number; one that is not finite is written as null.
  case double(Double)
  /// A number with the digits that tell one fp32 from all others.
  case float(Float)
  /// Text.
  case string(String)
  /// An array.
  case array([JSONValue])
  /// An object.
  case object([Member])

  /// A key and its value.
  public struct Member: Equatable, Sendable {
    /// The key.
    public let key: String
    /// Its value.
    public let value: JSONValue
    /// Makes a member.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// An object from pairs.
  public static func members(_ pairs: (String, JSONValue)...) -> JSONValue {
    .object(pairs.map { Member($0.0, $0.1) })
  }

  /// The document as text: on one line, or indented by two spaces.
  public func rendered(pretty: Bool = false) -> String {
    var text = ""
    render(&text, pretty: pretty, depth: 0)
    return text
  }

  private func render(_ text: inout String, pretty: Bool, depth: Int) {
    func list(_ open: String, _ close: String, _ count: Int, _ item: (Int, inout String) -> Void) {
      text += open
      for i in 0..<count {
        if i > 0 { text += "," }
        if pretty { text += "\n" + String(repeating: "  ", count: depth + 1) }
        item(i, &text)
      }
      if pretty && count > 0 { text += "\n" + String(repeating: "  ", count: depth) }
      text += close
    }
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += "\(value)"
    case .double(let value): text += value.isFinite ? "\(value)" : "null"
    case .float(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): text += Self.quoted(value)
    case .array(let values):
      let flat = pretty && values.allSatisfy { $0.isScalar }
      if flat {
        text += "[" + values.map { $0.rendered() }.joined(separator: ", ") + "]"
      } else {
        list("[", "]", values.count) { values[$0].render(&$1, pretty: pretty, depth: depth + 1) }
      }
    case .object(let members):
      list("{", "}", members.count) { i, text in
        text += Self.quoted(members[i].key) + (pretty ? ": " : ":")
        members[i].value.render(&text, pretty: pretty, depth: depth + 1)
      }
    }
  }

  private var isScalar: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.append(json: text)
    return String(decoding: bytes, as: UTF8.self)
  }
}
