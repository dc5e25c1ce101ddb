import FermFormat
import FermToolSupport

extension FitOption {
  /// A hyperparameter of optimisers or schedules.
  ///
  /// - Parameter chosen: those that a run has.
  static func hyperparameter<Kind: NamedKind>(
    _ parameter: Hyperparameter, of kind: Kind.Type, among chosen: @escaping @Sendable (FitOptions) -> [Kind]
  ) -> FitOption {
    let groups = Kind.grouped { $0.usual(parameter) }
    let names = groups.flatMap { $0.names }.inOrder(of: Kind.all.map { $0.name }).listed
    let each = groups.map { number, names in
      "\(names.listed)\u{A0}(\(number == 0 ? parameter.zero ?? "0" : number.short))"
    }
    return FitOption(
      name: parameter.option, word: parameter.word,
      help: parameter.help.replacing(
        "{of}", with: groups.count == 1 ? names : each.joined(separator: ", ")),
      usual: { groups.count == 1 ? groups[0].number.short : nil },
      read: { arguments, options in
        if let value = try parameter.value(arguments) { options.given[parameter.option] = value }
      },
      records: { options in
        let given = options.given[parameter.option]
        switch parameter.recorded {
        case .always(let otherwise): return [parameter.stated(given ?? otherwise)]
        case .whenGiven: return given.map { [parameter.stated($0)] } ?? []
        case .whenOther:
          guard let given, chosen(options).contains(where: { $0.usual(parameter) ?? given != given }) else {
            return []
          }
          return [parameter.stated(given)]
        }
      },
      unused: { options in
        let kinds = chosen(options)
        guard !kinds.contains(where: { $0.usual(parameter) != nil }) else { return nil }
        return "with \(Kind.option) \(kinds[0].name): it is for \(names)"
      })
  }
}

extension Hyperparameter {
  /// What a command line says.
  fileprivate func value(_ arguments: Arguments) throws(UsageError) -> Double? {
    guard isWhole else { return try arguments.number(option, in: range) }
    return try arguments.integer(option, in: Int(range.lowerBound)...Int(range.upperBound)).map { Double($0) }
  }

  /// A value as files state it.
  fileprivate func stated(_ value: Double) -> Described {
    (key, isWhole ? .integer(Int64(value)) : .real(isSingle ? Float(value).exact : value))
  }
}

extension [String] {
  /// The same words in the order of a longer list.
  fileprivate func inOrder(of list: [String]) -> [String] { list.filter { contains($0) } }
}
