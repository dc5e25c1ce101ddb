internal import FermFiles

/// Classes are told by name: their order, and case where it decides nothing, do not count.
public enum ClassNames {
  /// For each name, its place among `known`; nil where it has none.
  public static func places(of names: [String], among known: [String]) -> [Int?] {
    names.map { name in
      if let exact = known.firstIndex(of: name) { return exact }
      let alike = known.indices.filter { known[$0].lowercased() == name.lowercased() }
      return alike.count == 1 ? alike[0] : nil
    }
  }

  /// The names for people; of very many the first ones.
  public static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { $0.printable }.joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }

  /// The names as one text, which gives them back: commas in them are `\,`.
  public static func joined(_ names: [String]) -> String {
    names.map { $0.replacing("\\", with: "\\\\").replacing(",", with: "\\,") }.joined(separator: ",")
  }
}
