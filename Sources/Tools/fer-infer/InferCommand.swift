import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// `fer-infer`: one record for every image, in order.
enum InferCommand {
  static let help = """
    Tells the emotion of faces in image files.

      fer-infer model.ferm face.jpg             one face
      fer-infer model.ferm faces/               every JPEG and PNG below a folder, sorted
      fer-infer model.ferm faces/ | jq .label   JSON Lines for other programs

    usage: fer-infer MODEL PATH... [options]

      --format table|jsonl   default: a table on a terminal, JSON Lines elsewhere
      -o FILE                write there instead of to standard output
      --top-k K              add the K likeliest classes to each record
      --batch N              images that run together (default 64)
      --threads N            default: all processors
      --verify               check every byte of the model first
      --quiet                no progress and no summary
      --version, --help

    An image is taken for a face crop: nothing looks for faces in it. A file that cannot be read gives a record with
    "ok": false, and the run goes on.
    Exit status: 0 all well, 1 some images failed, 2 usage, 3 bad model or nothing to do.
    """

  static func run(_ words: [String]) -> Int32 {
    do {
      let arguments = try Arguments(
        words, valued: ["--format", "--output", "--top-k", "--batch", "--threads"],
        flags: ["--verify", "--quiet"])
      if arguments.has("--help") {
        print(help)
        return ExitStatus.success
      }
      if arguments.has("--version") {
        print("fer-infer \(toolVersion)")
        return ExitStatus.success
      }
      guard arguments.positional.count >= 2 else {
        throw UsageError("A model and at least one image or folder are needed.")
      }
      return try infer(arguments)
    } catch let error as UsageError {
      narrate("fer-infer: \(error.message) Try fer-infer --help.")
      return ExitStatus.usage
    } catch let error as OutputError {
      narrate("fer-infer: \(error.message)")
      return ExitStatus.badInput
    } catch {
      narrate("fer-infer: \(error)")
      return ExitStatus.badInput
    }
  }

  private static func infer(_ arguments: Arguments) throws -> Int32 {
    let format = try arguments.choice("--format", of: ["table", "jsonl"])
    let topCount = try arguments.integer("--top-k", in: 1...Limits.labels)
    let batch = try arguments.integer("--batch", in: 1...4096) ?? 64
    let threads = try arguments.integer("--threads", in: 1...256) ?? 0
    let quiet = arguments.has("--quiet")
    let path = arguments.positional[0]

    let session: Session
    do throws(FormatError) {
      let file = try ModelFile(path: path)
      if arguments.has("--verify") { try file.verify() }
      session = try Session(try Plan(file), maxBatch: batch, threads: threads)
    } catch {
      narrate("fer-infer: \(path): \(error.description)")
      return ExitStatus.badInput
    }

    let inputs = InputFiles(Array(arguments.positional.dropFirst()))
    for folder in inputs.emptyFolders {
      narrate("fer-infer: \(folder): there are no JPEG or PNG images in this folder.")
    }
    guard !inputs.paths.isEmpty else { return ExitStatus.badInput }

    let output = try Output(path: arguments.string("--output"))
    let isTable = format.map { $0 == "table" } ?? output.isTerminal
    let records = RecordWriter(
      output: output, labels: session.plan.labels.names, topCount: topCount, isTable: isTable)
    let failures = try predict(inputs.paths, session, batch: batch, quiet: quiet, records)
    try output.flush()
    return failures > 0
      ? ExitStatus.someFailed : inputs.emptyFolders.isEmpty ? ExitStatus.success : ExitStatus.badInput
  }

  /// Decodes and predicts batch by batch, so memory does not grow with the number of files; returns the failures.
  private static func predict(
    _ paths: [String], _ session: Session, batch: Int, quiet: Bool, _ records: RecordWriter
  ) throws -> Int {
    let decoder = ImageDecoder()
    let progress = ProgressLine(unit: "images", quiet: quiet)
    let started = ProgressLine.now
    var failures = 0
    for first in stride(from: 0, to: paths.count, by: batch) {
      let piece = Array(paths[first..<min(first + batch, paths.count)])
      let prepared = piece.map { path in
        Result { () throws(ImageError) in try PreparedImage(path: path, decoder, session) }
      }
      let inputs = prepared.flatMap { (try? $0.get().input) ?? [] }
      var rows = try session.probabilities(ofInputs: inputs)[...]
      for (path, image) in zip(piece, prepared) {
        switch image {
        case .success(let image): try records.prediction(path, image.size, rows.removeFirst())
        case .failure(let error):
          failures += 1
          try records.failure(path, error)
        }
      }
      progress.show(first + piece.count, of: paths.count)
    }
    progress.clear()
    if !quiet {
      let seconds = ProgressLine.now - started
      narrate(
        "\(paths.count - failures) of \(paths.count) images, \(failures) failed, \(Int(Double(paths.count) / max(seconds, 1e-9))) images/s"
      )
    }
    return failures
  }
}

/// What is kept of an image until its batch runs: the network's input, and the size it had.
private struct PreparedImage {
  let input: [Float]
  let size: (width: Int, height: Int)

  init(path: String, _ decoder: ImageDecoder, _ session: Session) throws(ImageError) {
    let image = try decoder.decode(path: path)
    size = (image.width, image.height)
    let prepared = image.pixels.withUnsafeBufferPointer { pixels in
      PixelImage(pixels: pixels, width: image.width, height: image.height, channels: image.channels)
        .flatMap { try? session.inputs([$0]) }
    }
    guard let prepared else {
      throw .tooLarge(width: image.width, height: image.height, limit: Limits.fittedPixels)
    }
    input = prepared
  }
}
