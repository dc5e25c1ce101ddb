import FermToolSupport
import FermTrain

/// How the classes of data and model come together in an evaluation: `--map`, `--leave-out` and `--merge`.
struct ClassOptions {
  /// Classes of the data and what the model calls them.
  let mapped: [(from: String, to: String)]
  /// Classes that are neither scored nor an answer.
  let leftOut: [String]
  /// Classes that are one.
  let merged: [[String]]

  static let names = ["--map", "--leave-out", "--merge"]

  init(_ arguments: Arguments) throws(UsageError) {
    var pairs: [(from: String, to: String)] = []
    for word in try Self.list(arguments, "--map", "such as anger=angry,happiness=happy") {
      let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
        throw UsageError(
          "--map takes pairs of the data's class and the model's, such as anger=angry,happiness=happy, not \(word)."
        )
      }
      guard !pairs.contains(where: { $0.from == pair[0] }) else {
        throw UsageError("--map names the class \(pair[0]) twice.")
      }
      pairs.append((pair[0], pair[1]))
    }
    mapped = pairs
    leftOut = try Self.list(arguments, "--leave-out", "such as contempt")
    var groups: [[String]] = []
    for word in try Self.list(arguments, "--merge", "such as angry+disgust") {
      let names = word.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
      guard names.count > 1, !names.contains("") else {
        throw UsageError("--merge takes classes joined by +, such as angry+disgust, not \(word).")
      }
      groups.append(names)
    }
    merged = groups
  }

  private static func list(
    _ arguments: Arguments, _ option: String, _ example: String
  ) throws(UsageError) -> [String] {
    guard let text = arguments.string(option) else { return [] }
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !words.contains("") else {
      throw UsageError("\(option) takes names with commas between them, \(example), not \(text).")
    }
    return words
  }

  // MARK: - Faces

  /// The faces, labelled by the model's classes, without those of classes that are left out and that the model does not know.
  ///
  /// - Parameter names: the model's classes.
  func applied(to data: FaceData, names: [String], of owner: String) throws -> FaceData {
    let renamed = try data.renamed(mapped)
    let own = ClassNames.places(of: renamed.classes, among: names)
    let given = ClassNames.places(of: leftOut, among: renamed.classes)
    for (name, place) in zip(leftOut, given) where place == nil && Self.place(of: name, in: names) == nil {
      throw UsageError(
        "--leave-out names the class \(name), which neither \(data.path) nor \(owner) has; there are \(ClassNames.listed(renamed.classes)) and \(ClassNames.listed(names))."
      )
    }
    return try renamed.without(classes: Set(given.compactMap { $0 }.filter { own[$0] == nil }))
      .labelled(as: names, of: owner)
  }

  /// The classes that are told apart; nil where they are the model's own.
  func answers(_ names: [String], of owner: String) throws(TrainError) -> AnswerClasses? {
    let places = Set(leftOut.compactMap { Self.place(of: $0, in: names) })
    guard !places.isEmpty || !merged.isEmpty else { return nil }
    return try AnswerClasses(names, leavingOut: places, merging: merged, of: owner)
  }

  private static func place(of name: String, in names: [String]) -> Int? {
    ClassNames.places(of: [name], among: names)[0]
  }

  // MARK: - Words

  /// What was done, for the protocol that goes with a figure: `; contempt left out`.
  var words: String {
    var parts: [String] = []
    if !mapped.isEmpty {
      parts.append("the data's " + mapped.map { "\($0.from) counted as \($0.to)" }.listed)
    }
    if !leftOut.isEmpty { parts.append("\(leftOut.listed) left out") }
    parts += merged.map { "\($0.listed) merged" }
    return parts.map { "; \($0)" }.joined()
  }

  /// The same for programs; only what was asked for.
  var members: [JSONValue.Member] {
    var list: [JSONValue.Member] = []
    if !mapped.isEmpty {
      list.append(.init("mapped", .object(mapped.map { .init($0.from, .string($0.to)) })))
    }
    if !leftOut.isEmpty { list.append(.init("left_out", .array(leftOut.map { .string($0) }))) }
    if !merged.isEmpty {
      list.append(.init("merged", .array(merged.map { .array($0.map { .string($0) }) })))
    }
    return list
  }
}
