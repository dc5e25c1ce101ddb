import FermFiles
import FermToolSupport
import Glibc

/// What is told at the end of a run, on standard error.
struct Summary {
  private(set) var pictures = 0
  private(set) var predicted = 0
  private(set) var skipped = 0
  /// By code.
  private(set) var failures: [String: Int] = [:]
  /// By class.
  private var classes: [Int]
  private var decoding = 0.0
  private let started = ProgressLine.now

  init(classes: Int) { self.classes = [Int](repeating: 0, count: classes) }

  var failed: Int { failures.values.reduce(0, +) }
  var records: Int { predicted + failed }

  mutating func count(_ work: PreparedWork) {
    decoding += work.seconds
    if work.skipped != nil {
      skipped += 1
    } else if !work.continuesPicture {
      pictures += 1
    }
  }

  mutating func count(_ record: Record) {
    switch record.result {
    case .success(let prediction):
      predicted += 1
      if let best = prediction.best { classes[best] += 1 }
    case .failure(let failure): failures[failure.code, default: 0] += 1
    }
  }

  /// The lines, without the tool's name.
  func lines(labels: [String]) -> [String] {
    let seconds = max(ProgressLine.now - started, 1e-9)
    var process = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &process)
    let share = decoding / max(Double(process.tv_sec) + Double(process.tv_nsec) * 1e-9, 1e-9)
    var first = count(pictures, "image") + ", "
    first +=
      predicted > 0
      ? "\(count(predicted, "face")) predicted, \(failed) failed" : "none could be used: \(failed) failed"
    if failed > 0 {
      let kinds = failures.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
      first += " (" + kinds.map { "\($0.value) \($0.key)" }.joined(separator: ", ") + ")"
    }
    if skipped > 0 { first += ", \(count(skipped, "other file")) passed over" }
    guard predicted > 0 else { return [first] }
    let speed =
      "\(rounded(Double(records) / seconds)) faces/s, \(rounded(Double(pictures) / seconds)) images/s in \(seconds < 1 ? "\(Int((1000 * seconds).rounded(.up))) ms" : "\(tenths(seconds)) s"); reading and decoding took \(Int((100 * share).rounded())) % of the processor time"
    let order = classes.indices.sorted { classes[$0] != classes[$1] ? classes[$0] > classes[$1] : $0 < $1 }
    let shares = order.map {
      "\(labels[$0].printable) \(tenths(100 * Double(classes[$0]) / Double(predicted))) %"
    }
    return [first, speed] + (shares.isEmpty ? [] : [shares.joined(separator: ", ")])
  }

  private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
  private func rounded(_ value: Double) -> String { value < 10 ? tenths(value) : "\(Int(value.rounded()))" }
  private func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
