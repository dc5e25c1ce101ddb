import FermToolSupport
import FermTrain
import Foundation

/// Options out of a file: `--config FILE.json`.
///
/// A file with a `command`, such as a run's args.json and a sweep's sweep.json, stands for that command line. In any other,
/// each key is an option without its dashes, and `grid` holds the values of a sweep by key.
enum Configuration {
  static let option = "--config"

  /// The command line with the file's options before it; of what both have, the command line's holds.
  ///
  /// - Parameters:
  ///   - valued: the options that take a value, `--config` among them.
  ///   - flags: those that take none.
  static func expanded(
    _ words: [String], valued: [String], flags: [String]
  ) throws(UsageError) -> [String] {
    let given = OptionWords.split(words, valued: valued)
    guard let file = given.last(where: { $0.subject == option }) else { return words }
    guard let path = file.value, !path.isEmpty else { throw UsageError("\(option) needs a value.") }
    let own = given.filter { $0.subject != option }
    guard !own.contains(where: { $0.subject == "--resume" }) else {
      throw UsageError("--resume goes on with the settings that are in its folder; leave \(option) out.")
    }
    let from = OptionWords.split(try self.words(path, valued: valued, flags: flags), valued: valued)
    let subjects = Set(own.map { $0.subject })
    return (from.filter { !subjects.contains($0.subject) } + own).flatMap { $0.words }
  }

  /// The file as words of a command line.
  private static func words(
    _ path: String, valued: [String], flags: [String]
  ) throws(UsageError) -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError(
        "\(option) \(path): there is no such file; a run's settings are in its args.json.")
    }
    guard let members = try? JSONDecoder().decode([String: ConfigurationValue].self, from: data) else {
      throw UsageError(
        "\(option) \(path): this is no JSON object of options, such as {\"lr\": 0.05, \"epochs\": 10}.")
    }
    let takesGrid = valued.contains(OptionWords.grid)
    var words: [String] = []
    if case .list(let command)? = members["command"] {
      words = command.compactMap { $0.text }
    } else {
      for (key, value) in members.sorted(by: { $0.key < $1.key }) {
        if key == "grid", takesGrid {
          words += try grid(value, path)
        } else {
          words += try option(key, value, path, valued: valued, flags: flags)
        }
      }
    }
    guard takesGrid || members["grid"] == nil && !words.contains(OptionWords.grid) else {
      throw UsageError("\(option) \(path): this describes a sweep; fer-train sweep --config takes it.")
    }
    return words
  }

  private static func option(
    _ key: String, _ value: ConfigurationValue, _ path: String, valued: [String], flags: [String]
  ) throws(UsageError) -> [String] {
    let (name, place) = ("--\(key)", "\(option) \(path)")
    let known = (valued + flags).filter { $0 != option && $0 != OptionWords.grid }
    guard known.contains(name) else {
      let near = ForeignNames.training[name] ?? Arguments.nearest(name, among: known)
      throw UsageError(
        "\(place): there is no option \(key)\(near.map { "; did you mean \($0.dropFirst(2))?" } ?? "; --help lists them.")"
      )
    }
    if flags.contains(name) {
      guard case .flag(let isOn) = value else {
        throw UsageError("\(place): \(key) takes true or false.")
      }
      return isOn ? [name] : []
    }
    guard let text = value.text, !text.isEmpty else {
      throw UsageError("\(place): \(key) takes one value, a text or a number.")
    }
    return [name, text]
  }

  private static func grid(_ value: ConfigurationValue, _ path: String) throws(UsageError) -> [String] {
    guard case .object(let members) = value else {
      throw UsageError("\(option) \(path): grid takes values by key, such as {\"lr\": [0.01, 0.05]}.")
    }
    var words: [String] = []
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      guard case .list(let list) = value, case let texts = list.compactMap({ $0.text }),
        texts.count == list.count
      else {
        throw UsageError("\(option) \(path): in the grid, \(key) takes a list of texts and numbers.")
      }
      words += [OptionWords.grid, "\(key)=\(SweepAxis.joined(texts))"]
    }
    return words
  }
}

/// A value of a JSON file.
private enum ConfigurationValue: Decodable {
  case flag(Bool)
  case word(String)
  case list([ConfigurationValue])
  case object([String: ConfigurationValue])
  case null

  /// A text, or a number as a command line has it.
  var text: String? { if case .word(let text) = self { text } else { nil } }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? value.decode(Int.self) {
      self = .word("\(number)")
    } else if let number = try? value.decode(Double.self) {
      self = .word(number.short)
    } else if let text = try? value.decode(String.self) {
      self = .word(text)
    } else if let list = try? value.decode([ConfigurationValue].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: ConfigurationValue].self))
    }
  }
}
