import FermTrain

/// The pictures of a comparison.
struct ComparisonCharts {
  let comparison: Comparison

  /// Every picture that the rows have what it takes for, with the name of its file.
  var files: [(name: String, text: String)] {
    var files: [(name: String, text: String)] = []
    if let curves { files.append(("curves.svg", curves.file)) }
    if let optimisers { files.append(("optimisers.svg", optimisers.file)) }
    if let schedules { files.append(("schedules.svg", schedules.file)) }
    return files
  }

  /// Validation accuracy and loss of each row over the epochs, the best rows first; nil where nothing was validated.
  var curves: OverlaidCurves? {
    let rows = comparison.rows.filter { $0.validation != nil }
    guard !rows.isEmpty else { return nil }
    let places = rows.indices.sorted { a, b in
      let (first, second) = (rows[a].accuracy.mean, rows[b].accuracy.mean)
      return rows.count > OverlaidCurves.most && first != second ? first > second : a < b
    }
    return OverlaidCurves(
      places.map { rows[$0] }.map { row in
        let histories = row.runs.map { $0.state.history }
        return OverlaidCurves.Curve(
          name: row.runs.count > 1 ? "\(row.name) (\(row.runs.count) seeds)" : row.name,
          accuracy: histories.map { $0.map { $0.validationAccuracy } },
          loss: histories.map { $0.map { $0.validationLoss } })
      })
  }

  /// Bars of validation accuracy by optimiser, a bar for each schedule; nil where there is one optimiser.
  var optimisers: BarChart? {
    let names = values("train.optimizer")
    guard names.count > 1 else { return nil }
    // A constant rate first, as what the others are held against.
    let schedules = values("train.schedule").sorted { $0 == "constant" && $1 != "constant" }
    return chart(
      "Validation accuracy by optimiser", ["train.optimizer", "train.schedule"], names,
      series: schedules.map { $0 == "constant" ? "constant rate" : $0 }
    ) { name in
      schedules.map { schedule in
        best { $0.setting("train.optimizer") == name && $0.setting("train.schedule") == schedule }
          .flatMap(Self.validation)
      }
    }
  }

  /// Bars by schedule of the accuracy in validation and, where there is a test, on it; nil where there is one schedule.
  var schedules: BarChart? {
    let names = values("train.schedule")
    guard names.count > 1 else { return nil }
    let test = comparison.split
    return chart(
      "Accuracy by schedule", ["train.schedule"], names,
      series: ["validation"] + (test.map { ["test (\($0))"] } ?? [])
    ) { name in
      let row = best { $0.setting("train.schedule") == name }
      let tested = row.map { BarChart.Bar(value: $0.accuracy.mean, interval: $0.interval) }
      return [row.flatMap(Self.validation)] + (test == nil ? [] : [tested])
    }
  }

  private func chart(
    _ title: String, _ keys: [String], _ names: [String], series: [String],
    bars: (String) -> [BarChart.Bar?]
  ) -> BarChart? {
    let groups = names.map { BarChart.Group(name: $0, bars: bars($0)) }
      .filter { $0.bars.contains { $0 != nil } }
    guard groups.count > 1 else { return nil }
    let seeds = Set(comparison.rows.map { $0.runs.count }).sorted()
    let bar =
      seeds == [1]
      ? "one run each; whiskers: 95 % interval over faces"
      : "mean over \(seeds.map { "\($0)" }.listed) seeds; whiskers: 95 % interval of the mean"
    let cells = Set(comparison.rows.map { row in keys.map { row.setting($0) } }).count
    let several = cells < comparison.rows.count ? "; of several settings the best in validation" : ""
    return BarChart(title: title, subtitle: bar + several, series: series, groups: groups)
  }

  private static func validation(_ row: ComparedRow) -> BarChart.Bar? {
    row.validation.map { BarChart.Bar(value: $0.mean, interval: row.validationInterval) }
  }

  /// The values of a setting, in the order of the rows.
  private func values(_ key: String) -> [String] {
    comparison.rows.map { $0.setting(key) }.reduce(into: []) { known, value in
      if !value.isEmpty, !known.contains(value) { known.append(value) }
    }
  }

  /// Of the rows of a kind, that with the best mean in validation.
  private func best(_ isOfKind: (ComparedRow) -> Bool) -> ComparedRow? {
    comparison.rows.filter(isOfKind).max { ($0.validation?.mean ?? 0) < ($1.validation?.mean ?? 0) }
  }
}
