import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// A stream from its frames to records: a thread that reads, threads that decode and find, the network, the tracker.
final class FrameRun {
  private let session: Session
  private let preparer: FacePreparer
  private let classifier: FaceClassifier
  private let output: Output
  private let format: any RecordFormat<FrameRecord>
  private let strip: StripFile?
  private let wish: FrameWish
  private let options: InferOptions
  private let progress: ProgressLine
  private var summary: FrameSummary
  private var tracker = Tracker()
  private var smoother: Smoother?
  /// What is known so far of a frame whose faces come in several pieces.
  private var faces: [FrameFace] = []

  /// Bytes of inputs on their way.
  private static let queueBytes = 64 << 20

  init(
    session: Session, preparer: FacePreparer, output: Output, format: any RecordFormat<FrameRecord>,
    strip: StripFile?, wish: FrameWish, options: InferOptions
  ) {
    self.session = session
    self.preparer = preparer
    classifier = FaceClassifier(session, preparer)
    self.output = output
    self.format = format
    self.strip = strip
    self.wish = wish
    self.options = options
    progress = ProgressLine(unit: "frames", quiet: options.isQuiet)
    summary = FrameSummary(classes: session.plan.labels.names.count)
    smoother = wish.smoothing.map { Smoother(constant: $0) }
  }

  /// Runs everything, and gives the exit status.
  func run(_ interruption: Interruption) throws(FileError) -> Int32 {
    let feed = FrameFeed(wish, pixelLimit: options.decoder.pixelLimit)
    // A live stream's answers must not wait for those of later frames.
    let batch = wish.isLive ? 1 : classifier.batch
    let room = wish.isLive ? session.threads : min(2 * batch, Self.queueBytes / preparer.faceBytes)
    let pipeline = OrderedPipeline<Work, PreparedWork>(
      threads: session.threads, capacity: max(room, 1), source: { feed.next().map { ($0, 1) } },
      transform: { [preparer] in preparer.prepare($0) })
    interruption.onSignal {
      pipeline.stop()
      feed.stop()
    }
    try output.append { format.opening(&$0) }
    try pipeline.forEachBatch(of: batch) { works, isSlow throws(FileError) in
      try predict(works)
      if isSlow || wish.isLive { try output.flush() }
      progress.show(summary.looks, of: nil)
    }
    try output.append { format.closing(count: summary.records, &$0) }
    progress.clear()
    return try end(feed.ending, interruption)
  }

  /// Lets the outputs appear, and says how it went.
  private func end(_ ending: FrameFeed.Ending, _ interruption: Interruption) throws(FileError) -> Int32 {
    let status = status(ending, interruption)
    let isWhole = [ExitStatus.success, ExitStatus.someFailed].contains(status)
    var remarks = [try output.finish(isWhole: isWhole, isEmpty: summary.records == 0)]
    remarks.append(try strip?.finish(isWhole: isWhole))
    if !options.isQuiet {
      for note in ending.notes { narrate("fer-infer: \(note)") }
      for note in preparer.finder.notes { narrate("fer-infer: \(note)") }
    }
    if let failure = ending.failure { narrate("fer-infer: \(failure.message)") }
    if !options.isQuiet && summary.looks > 0 {
      for line in summary.lines(ending, faces: tracker.count, labels: session.plan.labels.names) {
        narrate("fer-infer: \(line)")
      }
    }
    if interruption.signal != nil { narrate("fer-infer: stopped by a signal; all records so far are whole.") }
    for remark in remarks.compactMap({ $0 }) { narrate("fer-infer: \(remark)") }
    return status
  }

  private func status(_ ending: FrameFeed.Ending, _ interruption: Interruption) -> Int32 {
    if let signal = interruption.signal { return 128 + signal }
    if let failure = ending.failure {
      return failure.kind == .usage ? ExitStatus.usage : ExitStatus.badInput
    }
    return summary.failed > 0 ? ExitStatus.someFailed : ExitStatus.success
  }

  /// Runs what was decoded, and writes the records of the frames that are complete.
  private func predict(_ works: [PreparedWork]) throws(FileError) {
    let started = threadSeconds()
    var outcomes = classifier.outcomes(of: works)[...]
    summary.classifying += threadSeconds() - started
    for work in works {
      summary.count(work)
      faces += work.faces.map { FrameFace($0, in: work, outcomes.removeFirst()) }
      guard !work.isContinued, let moment = work.moment else { continue }
      try write(moment)
      faces = []
    }
  }

  /// Follows the faces of a frame, and writes their records in the order of their numbers.
  private func write(_ moment: FrameMoment) throws(FileError) {
    // A frame that cannot be decoded says nothing of where faces are.
    let isSeen = !faces.contains { $0.isFailedFrame }
    let boxes = faces.compactMap { $0.box }
    var ids = isSeen ? tracker.follow(boxes, at: moment.clock)[...] : []
    let numbered = faces.map { face in (face, face.box == nil ? nil : ids.popFirst()) }
    for (face, id) in numbered.sorted(by: { ($0.1 ?? 0) < ($1.1 ?? 0) }) {
      var smoothed: [Float]?
      if let id, case .success(.face(let prediction)) = face.outcome {
        smoothed = smoother?.mean(with: prediction.probabilities, of: id, at: moment.clock)
        strip?.add(smoothed ?? prediction.probabilities, of: id, at: moment)
      }
      let record = FrameRecord(
        moment: moment, id: id, box: face.box, mark: face.mark, result: face.outcome, smoothed: smoothed)
      let number = summary.records
      try output.append { format.append(record, number: number, to: &$0) }
      summary.count(record)
    }
    smoother?.keep(tracker.ids)
    strip?.advance(to: moment, present: tracker.ids)
  }
}

/// A face of a frame, or what stands for none.
private struct FrameFace {
  let box: Box?
  let mark: FaceMark
  let outcome: Result<Outcome, InputFailure>

  init(_ face: PreparedFace, in work: PreparedWork, _ outcome: Result<Outcome, InputFailure>) {
    (mark, self.outcome) = (face.mark, outcome)
    // A frame that is a face as a whole.
    if face.box == nil, case .success(.face) = outcome, let size = work.size {
      box = Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
    } else {
      box = face.box
    }
  }

  /// Whether nothing is known of the frame.
  var isFailedFrame: Bool {
    if box == nil, case .failure = outcome { return true }
    return false
  }
}
