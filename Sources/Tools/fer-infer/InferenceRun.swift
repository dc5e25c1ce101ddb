import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport

/// Decoding threads on one side, the network and the records on the other.
final class InferenceRun {
  private let session: Session
  private let preparer: FacePreparer
  private let output: Output
  private let format: any RecordFormat
  /// Which output goes where besides.
  private let embedding: (output: PlanOutput, file: EmbeddingFile)?
  /// Where what the network saw goes.
  private let dump: InputDump?
  private let drawings: Drawings?
  private let options: InferOptions
  private var summary: Summary
  private let progress: ProgressLine
  /// Decoded, in order, waiting for their batch.
  private var waiting: [PreparedWork] = []
  private var facesWaiting = 0
  /// The number of the next record among all, those of files that were passed over among them.
  private var number = 0

  /// Faces on their way, in batches: enough to decode while the network runs, and no more.
  private static let batchesAhead = 4
  /// After so many seconds without the next image, what is there runs as a small batch: a slow list gets its answers early.
  private static let patience = 0.02
  /// Crops that run in one call, and bytes of their inputs; bounds the memory of `--tta ten --batch 4096`.
  private static let mostCrops = 4096
  private static let batchBytes = 64 << 20
  /// Bytes of inputs on their way.
  private static let queueBytes = 128 << 20
  /// Faces that run in one call.
  private let batch: Int

  init(
    session: Session, preparer: FacePreparer, output: Output, format: any RecordFormat,
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
    let crops = preparer.crops.count
    let fitting = Self.batchBytes / (crops * preparer.cropBytes)
    batch = max(1, min(session.maxBatch, Self.mostCrops / crops, fitting))
    summary = Summary(classes: session.plan.labels.names.count, search: options.search)
    progress = ProgressLine(unit: "images", quiet: options.isQuiet)
  }

  /// Runs everything, and gives the exit status.
  func run(_ source: any InputSource, _ interruption: Interruption) throws(FileError) -> Int32 {
    var source = source
    let room = Self.queueBytes / preparer.faceBytes
    let pipeline = OrderedPipeline<Work, PreparedWork>(
      threads: session.threads,
      capacity: max(1, min(Self.batchesAhead * batch, room), min(2 * Work.mostFaces, room)),
      source: { source.next().map { ($0, $0.leastFaces) } }, transform: { [preparer] in preparer.prepare($0) }
    )
    interruption.onSignal { pipeline.stop() }
    let total = options.isQuiet ? nil : InputTotal(options)

    try output.append { format.opening(&$0) }
    reading: while true {
      switch pipeline.next(waiting: waiting.isEmpty ? nil : Self.patience) {
      case .output(let work):
        waiting.append(work)
        facesWaiting += work.faces.count
        // Files that are passed over must not pile up either.
        guard facesWaiting >= batch || waiting.count >= 4 * batch else { continue }
        try predict()
        progress.show(summary.pictures + summary.skipped, of: total?.count)
      case .nothingYet:
        try predict()
        try output.flush()
      case .end: break reading
      }
    }
    try predict()
    try output.append { format.closing(count: summary.records, &$0) }
    progress.clear()
    let complaints = source.complaints
    let missingCopies = drawings?.finishCopies()
    let status = status(complaints, interruption, lacksCopies: missingCopies != nil)
    let isWhole = [ExitStatus.success, ExitStatus.someFailed].contains(status)
    let place = try keep(isWhole: isWhole)
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

  /// Lets the records appear. Earlier ones give way to those of a whole run alone; gives what is to be said of that.
  private func keep(isWhole: Bool) throws(FileError) -> String? {
    let name = output.file?.path.printable ?? ""
    guard !isWhole, let file = output.file, !file.isInPlace else {
      try output.finish()
      return nil
    }
    guard summary.records > 0 else {
      return file.replaced == nil ? nil : "\(name) still has the earlier results."
    }
    guard file.replaced != nil else {
      try output.finish()
      return nil
    }
    try output.finish(withEnding: ".partial")
    return "\(name) still has the earlier results; those of this run are in \(name).partial."
  }

  /// What the network gives for each face that waits and has an input, a batch at a time.
  private func rows() -> [Result<FaceRows, InputFailure>] {
    var rows: [Result<FaceRows, InputFailure>] = []
    var (inputs, faces) = ([Float](), 0)
    let full = batch * preparer.crops.count * preparer.cropBytes / 4
    let wanted = session.plan.outputs.filter { $0.isScores || $0 == embedding?.output }
    func run() {
      do throws(FormatError) {
        let outputs = try session.uncheckedOutputs(inputs, where: wanted.contains)
        let means = zip(outputs, wanted).map { rows, output in
          TestTimeAugmentation.mean(of: rows, crops: preparer.crops.count, classes: output.count)
        }
        for face in 0..<faces {
          var own = FaceRows()
          for (rows, output) in zip(means, wanted) {
            let row = Array(rows[face * output.count..<(face + 1) * output.count])
            if output.isScores { own.logits = row } else { own.embedding = row }
          }
          rows.append(.success(own))
        }
      } catch {
        rows += repeatElement(.failure(InputFailure(error)), count: faces)
      }
      inputs.removeAll(keepingCapacity: true)
      faces = 0
    }
    for case .values(let input) in waiting.lazy.flatMap({ $0.faces }).map({ $0.input }) {
      inputs += input
      faces += 1
      if inputs.count >= full { run() }
    }
    run()
    return rows
  }

  /// Runs what waits, and writes its records.
  private func predict() throws(FileError) {
    let rows = rows()
    var place = 0
    for work in waiting {
      summary.count(work)
      if let reason = work.skipped, !options.isQuiet {
        progress.clear()
        narrate("fer-infer: passed over: \(work.path.printable) (\(reason))")
      }
      drawings?.begin(work)
      for face in work.faces {
        let record = record(of: face, work) { () throws(InputFailure) in
          defer { place += 1 }
          return try rows[place].get()
        }
        try write(record)
        drawings?.add(record, portrait: face.portrait)
      }
      // What has no record has a number nevertheless.
      if work.faces.isEmpty { number += 1 }
    }
    waiting.removeAll(keepingCapacity: true)
    facesWaiting = 0
  }

  /// What is said of a face.
  ///
  /// - Parameter row: what the network gave for it.
  private func record(
    of face: PreparedFace, _ work: PreparedWork, _ row: () throws(InputFailure) -> FaceRows
  ) -> Record {
    defer { number += 1 }
    var input: FilePath?
    let size = work.size ?? (0, 0)
    let result = Result { () throws(InputFailure) in
      switch face.input {
      case .failure(let failure): throw failure
      case .noFace: return Outcome.noFace(width: size.width, height: size.height)
      case .values:
        let prediction = try Prediction.of(
          try row(), temperature: session.plan.labels.temperature, size: size
        ).get()
        if let dump, let picture = face.picture { input = try dump.write(picture, number: number) }
        return Outcome.face(prediction)
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
