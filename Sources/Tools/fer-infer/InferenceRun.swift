import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport

/// Decoding threads on one side, the network and the records on the other.
final class InferenceRun {
  private let session: Session
  private let preparer: FacePreparer
  private let output: Output
  private let format: any RecordFormat<Record>
  /// Which output goes where besides.
  private let embedding: (output: PlanOutput, file: EmbeddingFile)?
  /// Where what the network saw goes.
  private let dump: InputDump?
  private let drawings: Drawings?
  private let options: InferOptions
  private var summary: Summary
  private let progress: ProgressLine
  /// The number of the next record among all, those of files that were passed over among them.
  private var number = 0

  /// Faces on their way, in batches: enough to decode while the network runs, and no more.
  private static let batchesAhead = 4
  /// Bytes of inputs on their way.
  private static let queueBytes = 128 << 20
  private let classifier: FaceClassifier

  init(
    session: Session, preparer: FacePreparer, output: Output, format: any RecordFormat<Record>,
    embedding: (output: PlanOutput, file: EmbeddingFile)?, dump: InputDump?, drawings: Drawings?,
    options: InferOptions
  ) {
    self.session = session
    self.preparer = preparer
    self.output = output
    self.format = format
    self.embedding = embedding
    self.dump = dump
    self.drawings = drawings
    self.options = options
    classifier = FaceClassifier(session, preparer, embedding: embedding?.output)
    summary = Summary(classes: session.plan.labels.names.count, search: options.search)
    progress = ProgressLine(unit: "images", quiet: options.isQuiet)
  }

  /// Runs everything, and gives the exit status.
  func run(_ source: any InputSource, _ interruption: Interruption) throws(FileError) -> Int32 {
    var source = source
    let batch = classifier.batch
    let room = Self.queueBytes / preparer.faceBytes
    let pipeline = OrderedPipeline<Work, PreparedWork>(
      threads: session.threads,
      capacity: max(1, min(Self.batchesAhead * batch, room), min(2 * Work.mostFaces, room)),
      source: { source.next().map { ($0, $0.leastFaces) } }, transform: { [preparer] in preparer.prepare($0) }
    )
    interruption.onSignal { pipeline.stop() }
    let total = options.isQuiet ? nil : InputTotal(options)

    try output.append { format.opening(&$0) }
    try pipeline.forEachBatch(of: batch) { works, isSlow throws(FileError) in
      try predict(works)
      if isSlow { try output.flush() }
      progress.show(summary.pictures + summary.skipped, of: total?.count)
    }
    try output.append { format.closing(count: summary.records, &$0) }
    progress.clear()
    let complaints = source.complaints
    let missingCopies = drawings?.finishCopies()
    let status = status(complaints, interruption, lacksCopies: missingCopies != nil)
    let isWhole = [ExitStatus.success, ExitStatus.someFailed].contains(status)
    let place = try output.finish(isWhole: isWhole, isEmpty: summary.records == 0)
    if isWhole { try embedding?.file.finish() }
    let remarks = try drawings?.finish(isWhole: isWhole) ?? []
    tell(complaints, source.notes + preparer.finder.notes, interruption)
    for remark in [missingCopies, place].compactMap({ $0 }) + (options.isQuiet ? [] : remarks) {
      narrate("fer-infer: \(remark)")
    }
    if !isWhole, let embedding {
      narrate("fer-infer: \(embedding.file.file.path.printable) was not written, as the run is not whole.")
    }
    return status
  }

  /// Runs what was decoded, and writes its records.
  private func predict(_ works: [PreparedWork]) throws(FileError) {
    var outcomes = classifier.outcomes(of: works)[...]
    for work in works {
      summary.count(work)
      if let reason = work.skipped, !options.isQuiet {
        progress.clear()
        narrate("fer-infer: passed over: \(work.path.printable) (\(reason))")
      }
      drawings?.begin(work)
      for face in work.faces {
        let record = record(of: face, work, outcomes.removeFirst())
        try write(record)
        drawings?.add(record, portrait: face.portrait)
      }
      // What has no record has a number nevertheless.
      if work.faces.isEmpty { number += 1 }
    }
  }

  /// What is said of a face; shows what the network saw of it where that is wanted.
  private func record(
    of face: PreparedFace, _ work: PreparedWork, _ outcome: Result<Outcome, InputFailure>
  ) -> Record {
    defer { number += 1 }
    var input: FilePath?
    let result = outcome.flatMap { outcome in
      Result { () throws(InputFailure) in
        if case .face = outcome, let dump, let picture = face.picture {
          input = try dump.write(picture, number: number)
        }
        return outcome
      }
    }
    return Record(path: work.path, box: face.box, mark: face.mark, input: input, result: result)
  }

  private func write(_ record: Record) throws(FileError) {
    let number = summary.records
    try output.append { format.append(record, number: number, to: &$0) }
    if let embedding, case .success(.face(let prediction)) = record.result {
      try embedding.file.append(prediction.embedding)
    }
    summary.count(record)
  }

  private func status(_ complaints: [String], _ interruption: Interruption, lacksCopies: Bool) -> Int32 {
    if let signal = interruption.signal { return 128 + signal }
    if summary.failed > 0 || lacksCopies { return ExitStatus.someFailed }
    return summary.pictures == 0 || !complaints.isEmpty ? ExitStatus.badInput : ExitStatus.success
  }

  private func tell(_ complaints: [String], _ notes: [String], _ interruption: Interruption) {
    if !options.isQuiet { for note in notes { narrate("fer-infer: \(note)") } }
    for complaint in complaints { narrate("fer-infer: \(complaint)") }
    let isEmpty = summary.pictures == 0
    if isEmpty && complaints.isEmpty && interruption.signal == nil {
      narrate("fer-infer: there are no images among the inputs.")
    }
    if !options.isQuiet && !isEmpty {
      for line in summary.lines(labels: session.plan.labels.names) { narrate("fer-infer: \(line)") }
    }
    if interruption.signal != nil { narrate("fer-infer: stopped by a signal; all records so far are whole.") }
  }
}
