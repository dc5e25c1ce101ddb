/// One combination of a sweep's values.
struct SweepCombination {
  let settings: [SweepSetting]
  /// A name for files.
  let name: String

  /// For people: `optimizer=adam lr=0.01`.
  var title: String { settings.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
  /// Values by key.
  var values: [String: String] {
    Dictionary(settings.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
  }

  /// The words of a run with these settings.
  ///
  /// - Parameter fixed: what all runs have.
  func words(_ fixed: [String]) -> [String] {
    FitOptions.without(Set(settings.map { $0.option }), fixed) + settings.flatMap { [$0.option, $0.value] }
  }

  /// Every combination of the axes' values whose place is in a list, the last axis varying fastest.
  static func list(_ axes: [SweepAxis], at places: some Sequence<Int>) -> [SweepCombination] {
    var taken: Set<String> = []
    return places.map { place in
      var (rest, chosen) = (place, [[SweepSetting]]())
      for axis in axes.reversed() {
        chosen.insert(axis.values[rest % axis.values.count], at: 0)
        rest /= axis.values.count
      }
      let settings = chosen.flatMap { $0 }
      var name = settings.map { "\($0.key)-\(plain($0.value))" }.joined(separator: "_")
      // Names that come out alike, or are longer than file systems take with a seed behind them.
      if name.utf8.count > 180 || taken.contains(name) { name = "setting-\(place + 1)" }
      taken.insert(name)
      return SweepCombination(settings: settings, name: name)
    }
  }

  /// A value within a file's name; of a path, its end.
  private static func plain(_ value: String) -> String {
    let end = value.hasPrefix("/") ? value.split(separator: "/").last.map(String.init) ?? value : value
    return String(
      end.unicodeScalars.map { scalar in
        let isPlain =
          scalar.isASCII
          && (scalar.properties.isAlphabetic || "0123456789.-@:+".unicodeScalars.contains(scalar))
        return isPlain ? Character(scalar) : "-"
      })
  }
}
