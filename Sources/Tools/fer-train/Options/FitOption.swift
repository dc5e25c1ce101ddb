import FermFormat
import FermToolSupport
import FermTrain

/// An option of a training run: everything that is known of it, in one place. The command line's reading, the help, args.json,
/// the provenance in the files and what a resumed run may change all come from these declarations.
struct FitOption: Sendable {
  let name: String
  /// What stands for its value in the help; nil for a flag.
  let word: String?
  /// What the help says of it.
  let help: String
  /// What holds where it is not given, as the help shows it after that.
  var usual: @Sendable () -> String? = { nil }
  /// Whether a resumed run may be given it anew.
  var isFree = false
  /// Whether its value is a path, which a resumed run may be given anew, too: digests tell what it leads to.
  var isPath = false
  /// What the reference preset has.
  var refer: @Sendable (inout FitOptions) -> Void = { _ in }
  /// Takes its value from a command line, if it is there.
  var read: @Sendable (Arguments, inout FitOptions) throws -> Void = { _, _ in }
  /// What files state of it.
  var records: @Sendable (FitOptions) -> [Described] = { _ in [] }
  /// Why it has no effect beside the other options: `with --network vgg`.
  var unused: @Sendable (FitOptions) -> String? = { _ in nil }

  /// Every option, in the order of the help.
  static let sections: [(title: String?, options: [FitOption])] = [
    (nil, general), ("optimiser", optimising), ("schedule", scheduling), ("regularisation", regularising),
    ("augmentation (RUN/augmented.png shows it)", augmenting),
  ]
  static let all = sections.flatMap { $0.options }
}

/// Where an option's value is kept.
typealias FitPath<Value> = any WritableKeyPath<FitOptions, Value> & Sendable

// MARK: - Kinds of options

extension FitOption {
  /// A flag.
  static func flag(_ name: String, _ path: FitPath<Bool>, help: String) -> FitOption {
    FitOption(
      name: name, word: nil, help: help, read: { $1[keyPath: path] = $0.has(name) })
  }

  /// A flag that concerns this call of the program rather than the run.
  static func flag(_ name: String, isFree: Bool, help: String) -> FitOption {
    FitOption(name: name, word: nil, help: help, isFree: isFree)
  }

  /// An option with a value of any kind.
  ///
  /// - Parameters:
  ///   - usual: what the help shows in brackets, instead of the values that the presets have.
  ///   - parse: the value on the command line, if there is one.
  ///   - shown: a value as the help shows it.
  static func value<Value: Sendable>(
    _ name: String, _ word: String, _ path: FitPath<Value>, reference: Value? = nil, usual: String? = nil,
    key: String? = nil, help: String, unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil },
    shown: @escaping @Sendable (Value) -> String = { "\($0)" },
    recorded: @escaping @Sendable (Value) -> Provenance.Value?,
    parse: @escaping @Sendable (Arguments, FitOptions) throws -> Value?
  ) -> FitOption {
    FitOption(
      name: name, word: word, help: help,
      usual: {
        if let usual { return usual }
        let (own, other) = (FitOptions()[keyPath: path], FitOptions(preset: .reference)[keyPath: path])
        return shown(own) == shown(other) ? shown(own) : "\(shown(own)); reference: \(shown(other))"
      },
      refer: { options in if let reference { options[keyPath: path] = reference } },
      read: { arguments, options in
        if let value = try parse(arguments, options) { options[keyPath: path] = value }
      },
      records: { options in
        guard let key, let value = recorded(options[keyPath: path]) else { return [] }
        return [(key, value)]
      }, unused: unused)
  }

  /// A number.
  ///
  /// - Parameter zero: what 0 means, for the help.
  static func number(
    _ name: String, _ word: String, in range: ClosedRange<Double>, _ path: FitPath<Double>,
    reference: Double? = nil, zero: String? = nil, usual: String? = nil, key: String, help: String,
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil }
  ) -> FitOption {
    value(
      name, word, path, reference: reference, usual: usual, key: key, help: help, unused: unused,
      shown: { $0 == 0 && zero != nil ? "0, \(zero ?? "")" : $0.short }, recorded: { .real($0) }
    ) { arguments, _ in try arguments.number(name, in: range) }
  }

  /// A number that is computed with in single precision.
  static func single(
    _ name: String, _ word: String, in range: ClosedRange<Double>, _ path: FitPath<Float>,
    reference: Float? = nil, usual: String? = nil, key: String, help: String
  ) -> FitOption {
    value(
      name, word, path, reference: reference, usual: usual, key: key, help: help, shown: { $0.exact.short },
      recorded: { .real($0.exact) }
    ) { arguments, _ in try arguments.number(name, in: range).map { Float($0) } }
  }

  /// A whole number.
  static func whole(
    _ name: String, _ word: String, in range: ClosedRange<Int>, _ path: FitPath<Int>, reference: Int? = nil,
    zero: String? = nil, usual: String? = nil, key: String? = nil, help: String,
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil }
  ) -> FitOption {
    value(
      name, word, path, reference: reference, usual: usual, key: key, help: help, unused: unused,
      shown: { $0 == 0 && zero != nil ? "0, \(zero ?? "")" : "\($0)" },
      recorded: { .integer(Int64($0)) }
    ) { arguments, _ in try arguments.integer(name, in: range) }
  }

  /// One of a few words, each of which stands for a value.
  ///
  /// - Parameter help: what follows the words in the help, with its own colon.
  static func choice<Value: Sendable & Equatable>(
    _ name: String, _ words: KeyValuePairs<String, Value>, _ path: FitPath<Value>, reference: Value? = nil,
    key: String? = nil, stated: [String]? = nil, help: String = "",
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil }
  ) -> FitOption {
    let names = words.map { $0.key }
    @Sendable func word(_ value: Value, _ names: [String]) -> String {
      zip(names, words).first { $1.value == value }?.0 ?? ""
    }
    return value(
      name, "NAME", path, reference: reference, key: key, help: names.joined(separator: ", ") + help,
      unused: unused, shown: { word($0, names) }, recorded: { .string(word($0, stated ?? names)) }
    ) { arguments, _ in
      try arguments.choice(name, of: names).flatMap { given in words.first { $0.key == given }?.value }
    }
  }

  /// An optimiser or a schedule by its name.
  ///
  /// - Parameter change: what else follows from the choice.
  static func kind<Kind: NamedKind>(
    _ name: String, _ path: FitPath<Kind>, reference: String? = nil, key: String? = nil, help: String? = nil,
    unused: @escaping @Sendable (FitOptions) -> String? = { _ in nil },
    change: @escaping @Sendable (Kind, inout FitOptions) -> Void = { _, _ in }
  ) -> FitOption {
    let names = Kind.all.map { $0.name }
    var option = value(
      name, "NAME", path, reference: reference.flatMap { Kind.named($0) }, key: key,
      help: help ?? names.joined(separator: ", "), unused: unused, shown: { $0.name },
      recorded: { .string($0.name) }
    ) { arguments, _ in try arguments.choice(name, of: names).flatMap { Kind.named($0) } }
    option.read = { [read = option.read] arguments, options in
      let before = options[keyPath: path].name
      try read(arguments, &options)
      if options[keyPath: path].name != before { change(options[keyPath: path], &options) }
    }
    return option
  }
}

extension [String] {
  /// `a, b and c`.
  var listed: String {
    count < 2 ? joined() : "\(dropLast().joined(separator: ", ")) and \(self[count - 1])"
  }
}

extension Double {
  /// Without a fraction where there is none.
  var short: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}

extension Float {
  /// The number that it is written as.
  var exact: Double { Double("\(self)") ?? Double(self) }
}
