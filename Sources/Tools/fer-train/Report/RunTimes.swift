import FermFormat
import FermToolSupport
import FermTrain
import Foundation

/// How long a run took, and how fast it was with each size of its crops.
struct RunTimes {
  private let record: RunRecord
  private let options: FitOptions
  private let trained: Int

  init(_ record: RunRecord, _ options: FitOptions, _ faces: TrainingFaces?) {
    (self.record, self.options) = (record, options)
    trained = faces?.train.count ?? record.state.setting("train.faces").flatMap { Int($0) } ?? 0
  }

  var section: HTML {
    let known = record.seconds.compactMap { $0 }
    guard !known.isEmpty else { return "<p>results.csv says nothing of the time.</p>\n" }
    let missing = record.seconds.count - known.count
    let note: HTML =
      missing > 0 ? " The time of \(missing) of \(record.seconds.count) epochs is not known." : ""
    var groups: [(side: Int, seconds: [Double])] = []
    for (epoch, seconds) in record.seconds.enumerated() {
      let side = options.settings.side(
        epoch: epoch, finalFrom: record.state.finalFrom, own: options.preprocessing)
      if groups.last?.side != side { groups.append((side, [])) }
      if let seconds { groups[groups.count - 1].seconds.append(seconds) }
    }
    let rows = groups.filter { !$0.seconds.isEmpty }.map { side, seconds -> [HTML] in
      let sorted = seconds.sorted()
      let median = sorted[sorted.count / 2]
      return [
        "\(side) px", "\(seconds.count)", "\(String(format: "%.1f", median))",
        "\(Int((Double(trained) / max(median, 1e-9)).rounded()))",
      ]
    }
    return """
      <p>\(Self.words(known.reduce(0, +))) in all, files and validation among it.\(note)</p>
      \(HTML.table(["crops", "epochs", "seconds an epoch (median)", "training faces a second"], rows))
      """
  }

  /// `2 h 05 min`, `3 min 20 s`, `4.2 s`.
  private static func words(_ seconds: Double) -> String {
    if seconds < 60 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(String(format: "%02d", whole % 3600 / 60)) min"
  }
}
