import FermFiles
import Glibc

/// How often each class was predicted.
struct ClassShares {
  private var counts: [Int]
  private var faces = 0

  init(_ classes: Int) { counts = [Int](repeating: 0, count: classes) }

  mutating func count(_ prediction: Prediction) {
    guard let best = prediction.best else { return }
    counts[best] += 1
    faces += 1
  }

  /// One line for people, where there are classes and faces.
  func lines(_ labels: [String]) -> [String] {
    guard faces > 0 else { return [] }
    let order = counts.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    let words = order.map { "\(labels[$0].printable) \(tenths(100 * Double(counts[$0]) / Double(faces))) %" }
    return [words.joined(separator: ", ")]
  }
}

/// Processor time of all threads so far.
struct ProcessorTime {
  let seconds: Double

  init() {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    seconds = max(Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9, 1e-9)
  }

  /// For people: `12 %`.
  func share(_ part: Double) -> String { "\(Int((100 * part / seconds).rounded())) %" }
}

/// A number of things: `1 face`, `2 faces`.
func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

/// A number with one decimal.
func tenths(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
