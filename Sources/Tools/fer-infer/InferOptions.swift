import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// The command line of `fer-infer`, checked.
struct InferOptions {
  let model: FilePath
  let paths: [FilePath]
  let isZeroTerminated: Bool
  let isRecursive: Bool
  let boxes: FilePath?
  /// A stream of frames in place of pictures.
  let frames: FrameWish?
  let search: Search
  /// The detector's file; nil for the usual one.
  let detector: FilePath?
  let fit: Preprocessing.Fit?
  let augmentation: TestTimeAugmentation
  let decoder: ImageDecoder
  let format: String?
  let output: FilePath?
  let topCount: Int?
  let embedding: EmbeddingWish?
  let dump: FilePath?
  let annotate: FilePath?
  let sheet: FilePath?
  let batch: Int
  let threads: Int
  let precision: Precision
  let verifies: Bool
  let isQuiet: Bool

  /// - Parameter words: the command line; nil is given for `--help` and `--version`, which are answered.
  init?(_ words: [FilePath]) throws(UsageError) {
    let arguments = try Arguments(
      words,
      valued: [
        "--boxes", "--select", "--min-face", "--min-score", "--margin", "--fit", "--tta", "--background",
        "--max-pixels", "--format", "--output", "--top-k", "--embedding", "--annotate", "--sheet",
        "--dump-input", "--batch",
        "--threads",
        "--precision", "--frames",
      ] + FrameWish.values,
      flags: ["-0", "--no-recursive", "--crops", "--verify", "--quiet"] + FrameWish.flags,
      optional: ["--detect": ".ferm"])
    if arguments.has("--help") { print(Self.help) }
    if arguments.has("--version") { print("fer-infer \(toolVersion)") }
    if arguments.has("--help") || arguments.has("--version") { return nil }
    frames = try FrameWish(arguments)
    boxes = arguments.path("--boxes")
    detector = arguments.path("--detect")
    guard let model = arguments.paths.first, arguments.paths.count >= 2 || boxes != nil || frames != nil
    else {
      let taken = detector.map { " --detect took \($0.printable) for its own." } ?? ""
      throw UsageError("A model and at least one image or folder are needed.\(taken)")
    }
    self.model = model
    search = try Search(arguments)
    paths = Array(arguments.paths.dropFirst())
    isZeroTerminated = arguments.has("-0")
    isRecursive = !arguments.has("--no-recursive")
    let readers = paths.filter { $0 == FilePath("-") }.count + (boxes == FilePath("-") ? 1 : 0)
    guard readers <= 1 else { throw UsageError("Only one thing can be read from standard input.") }
    switch try arguments.choice("--fit", of: ["crop", "pad", "stretch"]) {
    case "crop": fit = .crop
    case "pad": fit = .pad
    case "stretch": fit = .stretch
    default: fit = nil
    }
    let kinds = TestTimeAugmentation.allCases
    let kind = try arguments.choice("--tta", of: kinds.map { $0.name })
    augmentation = kinds.first { $0.name == kind } ?? .none
    guard let background = Background(hex: arguments.string("--background") ?? "ffffff") else {
      throw UsageError("--background takes six hexadecimal digits, such as ff8000.")
    }
    decoder = ImageDecoder(
      pixelLimit: try arguments.integer("--max-pixels", in: 1...(1 << 40)) ?? 100_000_000,
      background: background)
    output = arguments.path("--output")
    let named = try arguments.choice("--format", of: RecordFormats.all.map { $0.name })
    if let output, named == nil {
      format = try RecordFormats.name(byEndingOf: output)
    } else {
      format = named
    }
    topCount = try arguments.integer("--top-k", in: 1...Limits.labels)
    guard topCount == nil || format != "csv" else {
      throw UsageError("--top-k does not go with CSV, which has a column for every class.")
    }
    embedding = try arguments.path("--embedding").map { word throws(UsageError) in try EmbeddingWish(word) }
    dump = arguments.path("--dump-input")
    annotate = arguments.path("--annotate")
    sheet = arguments.path("--sheet")
    if let sheet, !sheet.text.lowercased().hasSuffix(".png") {
      throw UsageError("\(sheet.printable): --sheet draws a PNG; let its name end in .png.")
    }
    batch = try arguments.integer("--batch", in: 1...Session.largestBatch) ?? 64
    threads = try arguments.integer("--threads", in: 1...256) ?? 0
    precision = try arguments.choice("--precision", of: Precision.self) ?? .exact
    verifies = arguments.has("--verify")
    isQuiet = arguments.has("--quiet")
  }

  /// The inputs.
  ///
  /// - Parameter outputs: what is passed over in folders.
  func source(_ outputs: OutputFilter, mostFaces: Int) throws(FileError) -> any InputSource {
    let pictures = PathSource(
      paths, separator: isZeroTerminated ? 0 : UInt8(ascii: "\n"), recursively: isRecursive, decoder: decoder,
      outputs: outputs)
    guard let boxes else { return pictures }
    let rows = try BoxRows(path: boxes)
    return paths.isEmpty
      ? BoxSource(rows, mostFaces: mostFaces) : try BoxedSource(pictures, rows, mostFaces: mostFaces)
  }
}
