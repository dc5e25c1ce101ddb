internal import FermFormat

/// A network in words, one operator a line, as docs/networks.md describes them; read, but not yet expanded to a graph.
struct NetworkDescription: Sendable {
  /// Bytes of a description.
  static let byteLimit = 1 << 18
  /// Bytes of a line.
  static let lineLimit = 1000
  /// Blocks and repeats within each other.
  static let depthLimit = 32
  /// Lines that an expansion follows, counting each time.
  static let stepLimit = 1 << 16
  /// Lines that may be followed to find out which sides of crops it serves.
  static let sideSteps = 1 << 18

  /// The name behind `network`.
  let name: String
  /// What the line `input` says.
  let preprocessing: Preprocessing
  /// The lines outside of all blocks.
  let statements: [Statement]
  /// The blocks by name.
  let blocks: [String: Block]
  /// A number that stands for all that the description says; neither comments nor spaces change it.
  let digest: String

  /// One line, or a repeat with the lines in it.
  struct Statement: Sendable {
    let line: Int
    let action: Action
  }

  enum Action: Sendable {
    case step(Step)
    case repetition(Repetition)
  }

  /// `[RESULT =] OPERATION ARGUMENT ... [of VALUE ...]`
  struct Step: Sendable {
    let result: String?
    let operation: String
    let arguments: [String]
    /// Those of the arguments that are `KEY=VALUE`.
    let options: [Option]
    let inputs: [String]
  }

  struct Option: Sendable {
    let key: String
    let value: String
  }

  /// `repeat COUNTER = FIRST to LAST`, and the lines up to its `end`.
  struct Repetition: Sendable {
    let counter: String
    let first: String
    let last: String
    let body: [Statement]
  }

  /// `block NAME PARAMETER ...`, and the lines up to its `end`.
  struct Block: Sendable {
    let line: Int
    let parameters: [Parameter]
    let body: [Statement]
  }

  /// A number, or in braces a name.
  struct Parameter: Sendable {
    let name: String
    let isName: Bool
  }

  /// Reads a description.
  init(_ text: [UInt8]) throws(DescriptionFault) {
    guard text.count <= Self.byteLimit else {
      throw DescriptionFault(nil, "the file is longer than \(Self.byteLimit) bytes, as no description is.")
    }
    var reader = DescriptionReader(try SourceLine.lines(text))
    (name, preprocessing) = try reader.header()
    (statements, blocks) = try reader.body()
    var hash = SHA256()
    for line in reader.lines { hash.add(Array((line.words.joined(separator: " ") + "\n").utf8)) }
    digest = hash.digest().prefix(8).hexadecimal
  }
}

/// The words of a line that has any.
struct SourceLine {
  let number: Int
  let words: [String]

  /// The lines of a text; `#` begins a comment.
  static func lines(_ text: [UInt8]) throws(DescriptionFault) -> [SourceLine] {
    var lines: [SourceLine] = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      guard line.count <= NetworkDescription.lineLimit else {
        throw DescriptionFault(
          index + 1, "the line is longer than \(NetworkDescription.lineLimit) bytes; is this a description?")
      }
      let words = line.prefix { $0 != UInt8(ascii: "#") }
        .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
        .map { String(decoding: $0, as: UTF8.self) }
      if !words.isEmpty { lines.append(SourceLine(number: index + 1, words: words)) }
    }
    return lines
  }
}
