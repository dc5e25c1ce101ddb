import FermFiles
import FermToolSupport

/// What is told at the end of a run, on standard error.
struct Summary {
  private(set) var pictures = 0
  /// Of the pictures, those that were taken for one or the other by their size.
  private var (photos, crops) = (0, 0)
  private var withoutFace = 0
  private(set) var predicted = 0
  private(set) var skipped = 0
  /// By code.
  private(set) var failures: [String: Int] = [:]
  private var classes: ClassShares
  private var (decoding, searching) = (0.0, 0.0)
  private let started = ProgressLine.now

  private let search: Search

  init(classes: Int, search: Search) {
    self.classes = ClassShares(classes)
    self.search = search
  }

  var failed: Int { failures.values.reduce(0, +) }
  var records: Int { predicted + withoutFace + failed }

  mutating func count(_ work: PreparedWork) {
    decoding += work.seconds - work.searching
    searching += work.searching
    if work.skipped != nil {
      skipped += 1
    } else if !work.continuesPicture {
      pictures += 1
      if let isPhoto = work.isPhoto { if isPhoto { photos += 1 } else { crops += 1 } }
    }
  }

  mutating func count(_ record: Record) {
    switch record.result {
    case .success(.noFace): withoutFace += 1
    case .success(.face(let prediction)):
      predicted += 1
      classes.count(prediction)
    case .failure(let failure): failures[failure.code, default: 0] += 1
    }
  }

  /// The lines, without the tool's name.
  func lines(labels: [String]) -> [String] {
    let seconds = max(ProgressLine.now - started, 1e-9)
    let processor = ProcessorTime()
    var first = counted(pictures, "image") + kinds + ", "
    first +=
      predicted + withoutFace > 0
      ? "\(counted(predicted, "face")) predicted, \(failed) failed" : "none could be used: \(failed) failed"
    if failed > 0 {
      let kinds = failures.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
      first += " (" + kinds.map { "\($0.value) \($0.key)" }.joined(separator: ", ") + ")"
    }
    if withoutFace > 0 { first += ", \(withoutFace) without a face" }
    if skipped > 0 { first += ", \(counted(skipped, "other file")) passed over" }
    guard predicted + withoutFace > 0 else { return [first] }
    let speed =
      "\(rounded(Double(predicted + failed) / seconds)) faces/s, \(rounded(Double(pictures) / seconds)) images/s in \(seconds < 1 ? "\(Int((1000 * seconds).rounded(.up))) ms" : "\(tenths(seconds)) s"); reading and decoding took \(processor.share(decoding))\(searching > 0 ? " and finding faces \(processor.share(searching))" : "") of the processor time"
    return [first, speed] + classes.lines(labels) + advice
  }

  /// What the pictures were taken for, where their size said it.
  private var kinds: String {
    guard search.pictures == .bySize, photos + crops > 0 else { return "" }
    return " (" + [counted(photos, "photo"), counted(crops, "crop")].joined(separator: ", ") + ")"
  }

  /// What to do when that was wrong.
  private var advice: [String] {
    guard !kinds.isEmpty, photos > 0 else { return [] }
    return [
      "photos were searched for faces; if each picture is one face, say --crops"
        + (crops > 0 ? "; small pictures were taken for faces; if they are photos too, say --detect" : "")
    ]
  }

  private func rounded(_ value: Double) -> String { value < 10 ? tenths(value) : "\(Int(value.rounded()))" }
}
