import FermToolSupport

/// What is told at the end of a stream, on standard error.
struct FrameSummary {
  /// Frames that were looked at, and those of them without a face.
  private(set) var looks = 0
  private(set) var without = 0
  private(set) var predicted = 0
  private(set) var failed = 0
  /// Processor time of the network's share of the calling thread.
  var classifying = 0.0
  private var (decoding, searching) = (0.0, 0.0)
  private var classes: ClassShares
  private let started = ProgressLine.now

  init(classes: Int) { self.classes = ClassShares(classes) }

  var records: Int { predicted + without + failed }

  mutating func count(_ work: PreparedWork) {
    decoding += work.seconds - work.searching
    searching += work.searching
    if !work.isContinued { looks += 1 }
  }

  mutating func count(_ record: FrameRecord) {
    switch record.result {
    case .success(.noFace): without += 1
    case .success(.face(let prediction)):
      predicted += 1
      classes.count(prediction)
    case .failure: failed += 1
    }
  }

  /// The lines, without the tool's name.
  ///
  /// - Parameter faces: how many numbers of faces there are.
  func lines(_ ending: FrameFeed.Ending, faces: Int, labels: [String]) -> [String] {
    var first = counted(ending.count, "frame")
    if let duration = ending.duration { first += " of \(tenths(duration.seconds)) s" }
    if looks < ending.count { first += ", \(looks) looked at" }
    if ending.dropped > 0 { first += ", \(ending.dropped) dropped to keep up" }
    first += ": \(counted(predicted, "record")) of \(counted(faces, "face"))"
    if without > 0 { first += ", \(counted(without, "frame")) without a face" }
    if failed > 0 { first += ", \(failed) failed" }
    return [first, speed(ending)] + classes.lines(labels)
  }

  private func speed(_ ending: FrameFeed.Ending) -> String {
    let seconds = max(ProgressLine.now - started, 1e-9)
    let processor = ProcessorTime()
    let decoding = decoding + ending.seconds
    // The session's threads work for the network alone.
    let network = max(0, processor.seconds - decoding - searching - (threadSeconds() - classifying))
    return
      "\(tenths(Double(looks) / seconds)) frames/s in \(tenths(seconds)) s; reading and decoding took \(processor.share(decoding)), finding faces \(processor.share(searching)) and labelling them \(processor.share(network)) of the processor time"
  }
}
