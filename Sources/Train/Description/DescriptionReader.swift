internal import FermFormat

/// Puts the lines of a description together: header, steps, repeats and blocks.
struct DescriptionReader {
  let lines: [SourceLine]
  private var next = 0

  init(_ lines: [SourceLine]) { self.lines = lines }

  /// The lines `network NAME` and `input CHANNELS SIDE ...`.
  mutating func header() throws(DescriptionFault) -> (name: String, preprocessing: Preprocessing) {
    let first = try line(beginning: "network", "network NAME")
    guard first.words.count == 2, first.words[1].isName else {
      throw DescriptionFault(
        first.number, "`network` takes one name of letters, digits and `._/-`, as in `network mine`.")
    }
    let second = try line(beginning: "input", "input CHANNELS SIDE")
    return (first.words[1], try Preprocessing(second))
  }

  private mutating func line(
    beginning word: String, _ form: String
  ) throws(DescriptionFault) -> SourceLine {
    guard next < lines.count, lines[next].words[0] == word else {
      throw DescriptionFault(
        next < lines.count ? lines[next].number : nil,
        "a description begins with the lines `network NAME` and `input CHANNELS SIDE`; `\(form)` is missing.")
    }
    next += 1
    return lines[next - 1]
  }

  /// What is still open: the lines so far, and what its `end` makes of them.
  private struct Open {
    let line: Int
    let kind: Kind
    var body: [NetworkDescription.Statement] = []

    enum Kind {
      case file
      case block(name: String, [NetworkDescription.Parameter])
      case repetition(counter: String, first: String, last: String)
    }
  }

  /// All other lines.
  mutating func body() throws(DescriptionFault) -> (
    statements: [NetworkDescription.Statement], blocks: [String: NetworkDescription.Block]
  ) {
    var open = [Open(line: 0, kind: .file)]
    var blocks: [String: NetworkDescription.Block] = [:]
    for line in lines[next...] {
      let top = open.count - 1
      switch line.words[0] {
      case "block":
        guard case .file = open[top].kind else {
          throw DescriptionFault(line.number, "a block stands outside of all others; is an `end` missing?")
        }
        open.append(Open(line: line.number, kind: try block(line, besides: blocks)))
      case "repeat":
        guard open.count <= NetworkDescription.depthLimit else {
          throw DescriptionFault(
            line.number, "at most \(NetworkDescription.depthLimit) repeats may stand in each other.")
        }
        open.append(Open(line: line.number, kind: try repetition(line)))
      case "end":
        guard line.words.count == 1, let done = open.popLast(), let outer = open.indices.last else {
          throw DescriptionFault(
            line.number, "this `end` closes nothing; it stands alone behind a block or repeat.")
        }
        switch done.kind {
        case .file: break
        case .block(let name, let parameters):
          blocks[name] = NetworkDescription.Block(line: done.line, parameters: parameters, body: done.body)
        case .repetition(let counter, let first, let last):
          open[outer].body.append(
            NetworkDescription.Statement(
              line: done.line,
              action: .repetition(
                NetworkDescription.Repetition(counter: counter, first: first, last: last, body: done.body))))
        }
      default:
        open[top].body.append(
          NetworkDescription.Statement(line: line.number, action: .step(try step(line))))
      }
    }
    guard open.count == 1 else {
      throw DescriptionFault(open[open.count - 1].line, "its `end` is missing.")
    }
    return (open[0].body, blocks)
  }

  /// `block NAME PARAMETER ...`
  private func block(
    _ line: SourceLine, besides blocks: [String: NetworkDescription.Block]
  ) throws(DescriptionFault) -> Open.Kind {
    guard line.words.count >= 2, line.words[1].isIdentifier else {
      throw DescriptionFault(
        line.number, "`block` takes a name and its parameters, as in `block cell {name} width`.")
    }
    let name = line.words[1]
    guard blocks[name] == nil, !NetworkExpansion.isOperation(name), !reserved.contains(name) else {
      throw DescriptionFault(line.number, "\(name.quoted) is taken already; give the block another name.")
    }
    var parameters: [NetworkDescription.Parameter] = []
    for word in line.words[2...] {
      let isName = word.hasPrefix("{") && word.hasSuffix("}") && word.utf8.count > 2
      let parameter = isName ? String(word.dropFirst().dropLast()) : word
      guard parameter.isIdentifier, !DescriptionScope.reserved.contains(parameter),
        !parameters.contains(where: { $0.name == parameter })
      else {
        throw DescriptionFault(
          line.number,
          "\(word.quoted) can be no parameter; it is a word of letters and digits, each once, and in braces when it stands for a name."
        )
      }
      parameters.append(NetworkDescription.Parameter(name: parameter, isName: isName))
    }
    return .block(name: name, parameters)
  }

  /// The words that begin other lines.
  private var reserved: [String] { ["network", "input", "block", "repeat", "end"] }

  /// `repeat COUNTER = FIRST to LAST`
  private func repetition(_ line: SourceLine) throws(DescriptionFault) -> Open.Kind {
    let words = line.words
    guard words.count == 6, words[1].isIdentifier, !DescriptionScope.reserved.contains(words[1]),
      words[2] == "=", words[4] == "to"
    else {
      throw DescriptionFault(line.number, "a repeat is written `repeat i = 1 to 4`.")
    }
    return .repetition(counter: words[1], first: words[3], last: words[5])
  }

  /// `[RESULT =] OPERATION ARGUMENT ... [of VALUE ...]`
  private func step(_ line: SourceLine) throws(DescriptionFault) -> NetworkDescription.Step {
    var words = line.words[...]
    var result: String?
    if words.count >= 2, words[1] == "=" {
      guard words[0].isIdentifier, !DescriptionScope.reserved.contains(words[0]) else {
        throw DescriptionFault(
          line.number, "\(line.words[0].quoted) cannot name a value; take a word of letters and digits.")
      }
      result = words[0]
      words = words.dropFirst(2)
    }
    guard let operation = words.popFirst() else {
      throw DescriptionFault(line.number, "an operator is missing behind `=`.")
    }
    let split = words.firstIndex(of: "of") ?? words.endIndex
    let inputs = Array(words[split...].dropFirst())
    guard split == words.endIndex || !inputs.isEmpty else {
      throw DescriptionFault(line.number, "values are missing behind `of`.")
    }
    var (arguments, options): ([String], [NetworkDescription.Option]) = ([], [])
    for word in words[..<split] {
      guard let equals = word.firstIndex(of: "=") else {
        arguments.append(word)
        continue
      }
      let option = NetworkDescription.Option(
        key: String(word[..<equals]), value: String(word[word.index(after: equals)...]))
      guard !option.key.isEmpty, !option.value.isEmpty, !options.contains(where: { $0.key == option.key })
      else {
        throw DescriptionFault(
          line.number,
          "\(word.quoted) is no option; one is written once and without spaces, as in `stride=2`.")
      }
      options.append(option)
    }
    return NetworkDescription.Step(
      result: result, operation: operation, arguments: arguments, options: options, inputs: inputs)
  }
}

extension String {
  /// Whether this is a letter and letters, digits and underscores behind it, in ASCII.
  var isIdentifier: Bool {
    guard let first = utf8.first, first.isLetter else { return false }
    return utf8.allSatisfy { $0.isLetter || $0.isDigit }
  }
}

extension UInt8 {
  /// Whether this is an ASCII letter or an underscore.
  var isLetter: Bool {
    self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z") || self == UInt8(ascii: "_")
  }
  /// Whether this is an ASCII digit.
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
