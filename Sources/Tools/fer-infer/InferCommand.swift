import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// `fer-infer`: one record for every image or face, in order.
enum InferCommand {
  static func run(_ words: [FilePath]) -> Int32 {
    do {
      guard let options = try InferOptions(words) else { return ExitStatus.success }
      return try infer(options)
    } catch let error as UsageError {
      narrate("fer-infer: \(error.message) Try fer-infer --help.")
      return ExitStatus.usage
    } catch let error as FileError {
      narrate("fer-infer: \(error.message)")
      return error.kind == .usage ? ExitStatus.usage : ExitStatus.badInput
    } catch {
      narrate("fer-infer: \(error)")
      return ExitStatus.badInput
    }
  }

  private static func infer(_ options: InferOptions) throws -> Int32 {
    // Before the session's threads are made, which are not to get the signals.
    let interruption = Interruption()
    let destination = try Destination(options)
    let session: Session
    let preparer: FacePreparer
    do throws(FormatError) {
      let file = try ModelFile(cPath: options.model.systemName ?? [0])
      if options.verifies { try file.verify() }
      session = try Session(
        try Plan(file, threads: options.threads), maxBatch: options.batch, threads: options.threads,
        precision: options.precision)
      if options.embedding == nil, let fault = session.plan.scoresFault { throw fault }
      var recipe = session.plan.preprocessing
      if let fit = options.fit { recipe.fit = fit }
      let crops = try options.augmentation.crops(of: recipe)
      preparer = FacePreparer(
        decoder: options.decoder, preprocessor: Preprocessor(recipe), crops: crops,
        finder: FaceFinder(options.search, for: session.plan, file: options.detector),
        keepsPictures: destination.dump != nil,
        portraits: destination.sheet == nil ? nil : FaceSheet.preprocessor(recipe),
        budget: MemoryBudget(bytes: max(options.decoder.byteLimit, 512 << 20)))
    } catch {
      narrate("fer-infer: \(options.model.printable): \(error.description.printable)")
      return ExitStatus.badInput
    }

    if options.search.needsDetector, let failure = preparer.finder.failure {
      narrate("fer-infer: \(failure.message)")
      return ExitStatus.badInput
    }
    if session.precision != options.precision, !options.isQuiet {
      narrate("fer-infer: --precision \(options.precision) runs as \(session.precision) on this processor")
    }
    let labels = session.plan.labels.names
    if let wish = options.frames {
      let run = FrameRun(
        session: session, preparer: preparer, output: destination.output,
        format: try format(options, destination.output, of: FrameFormats.all)(labels, wish.smoothing != nil),
        strip: destination.strip.map { StripFile($0, labels: labels, wish) }, wish: wish, options: options)
      return try run.run(interruption)
    }
    let drawings = try Drawings(options, destination, session, preparer.budget)
    let source = try options.source(
      OutputFilter(
        files: [destination.output.file, destination.embedding, destination.sheet].compactMap { $0 },
        folder: options.dump, tree: options.annotate),
      mostFaces: preparer.mostFaces)
    let style = RecordStyle(
      labels: labels, topCount: options.topCount, hasBoxes: options.boxes != nil,
      hasMarks: options.search.mayDetect)
    let make = try format(options, destination.output, of: RecordFormats.all)
    let wanted = try options.embedding?.output(of: session.plan)
    let embedding = wanted.flatMap { wanted in
      destination.embedding.map { (output: wanted, file: EmbeddingFile($0, width: wanted.count)) }
    }
    let run = InferenceRun(
      session: session, preparer: preparer, output: destination.output, format: make(style),
      embedding: embedding,
      dump: destination.dump, drawings: drawings, options: options)
    return try run.run(source, interruption)
  }

  /// The format that is asked for, or that suits the output.
  private static func format<Make>(
    _ options: InferOptions, _ output: Output, of all: [(name: String, make: Make)]
  ) throws(UsageError) -> Make {
    let name = options.format ?? (output.isTerminal ? "table" : "jsonl")
    guard let make = all.first(where: { $0.name == name })?.make else {
      throw UsageError("There is no format \(name).")
    }
    return make
  }
}
