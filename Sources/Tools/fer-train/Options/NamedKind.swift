/// What an optimiser or a schedule has by name: the hyperparameters that it takes, and what each is where the user does not
/// say.
protocol NamedKind: Sendable {
  var name: String { get }
  var takes: KeyValuePairs<Hyperparameter, Double> { get }
  /// The option that names one.
  static var option: String { get }
  /// All that there are, in the order in which the help lists them.
  static var all: [Self] { get }
}

extension NamedKind {
  /// What a hyperparameter is without the user's word; nil for one that this kind does not take.
  func usual(_ parameter: Hyperparameter) -> Double? {
    takes.first { $0.key.option == parameter.option }?.value
  }

  /// A hyperparameter's value.
  func value(_ parameter: Hyperparameter, _ given: [String: Double]) -> Double {
    guard let usual = usual(parameter) else { preconditionFailure("\(name) takes no \(parameter.option)") }
    return given[parameter.option] ?? usual
  }

  static func named(_ name: String) -> Self? { all.first { $0.name == name } }

  /// The kinds' names by a number that they have, in the order in which the numbers first come.
  static func grouped(by number: (Self) -> Double?) -> [(number: Double, names: [String])] {
    var groups: [(number: Double, names: [String])] = []
    for kind in all {
      guard let own = number(kind) else { continue }
      if let place = groups.firstIndex(where: { $0.number == own }) {
        groups[place].names.append(kind.name)
      } else {
        groups.append((own, [kind.name]))
      }
    }
    return groups
  }

  /// The hyperparameters of all of them, in the order in which they are first taken.
  static var hyperparameters: [Hyperparameter] {
    var list: [Hyperparameter] = []
    for (parameter, _) in all.flatMap({ Array($0.takes) })
    where !list.contains(where: { $0.option == parameter.option }) { list.append(parameter) }
    return list
  }
}
