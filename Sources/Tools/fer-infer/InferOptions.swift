import FermFiles
import FermFormat
import FermImage
import FermRuntime
import FermToolSupport

/// The command line of `fer-infer`, checked.
struct InferOptions {
  static let help = """
    Says which expression the faces in image files show.

      fer-infer model.ferm face.jpg                     one face
      fer-infer model.ferm faces/ > out.jsonl           every image below, sorted
      fer-infer model.ferm faces/ | jq -r .label        JSON Lines for programs
      fer-infer model.ferm faces/ -o out.csv            a spreadsheet
      find . -name '*.jpg' -print0 | fer-infer model.ferm -0 -
      fer-infer model.ferm --boxes faces.csv            faces that a detector found
      fer-infer model.ferm faces/ --embedding out.npy   a vector for each face, too

    usage: fer-infer MODEL PATH... [options]
           fer-infer MODEL [PATH...] --boxes FILE.csv [options]

      PATH is an image, a folder, or - for standard input: a list of both,
      one a line, or one image.

      -0                      paths of a list end with NUL (find -print0)
      --no-recursive          leave out folders within folders
      --boxes FILE.csv        faces in photos, one a row, - for standard input:
                              path,x,y,w,h in pixels, or a header that names such
                              columns (also x1,y1,x2,y2); without PATH its photos
                              are the inputs, in its order
      --fit crop|pad|stretch  what to do with faces that are not square
                              (default: what the model says)
      --tta none|flip|ten     average the logits of several crops: the face and
                              its mirror image, or ten crops
      --background RRGGBB     the colour under transparent parts of images
                              (default ffffff)
      --max-pixels N          refuse larger images unread (default 100000000)

      --format table|jsonl|csv|json
                              default: by the ending of -o, else a table on a
                              terminal and JSON Lines elsewhere
      -o, --output FILE       write there; an earlier file stays until the run is
                              complete
      --top-k K               add the K likeliest classes to each record (not in
                              CSV, which has all of them)
      --embedding FILE.npy    write the model's embedding of each face there, a row
                              of float32 for each record with "ok": true, in their
                              order; whole or not at all. NAME=FILE.npy where the
                              model has several. With --tta, the mean of the views
      --dump-input FOLDER     write the network's input there, a PNG for each face

      --batch N               faces that run together (default 64)
      --threads N             default: all processors
      --precision exact|fast  fast multiplies in bf16 and 8-bit integers, where the
                              processor can: nearly the same answers, sooner
      --verify                check every byte of the model first
      --quiet                 no progress, no summary, nothing about files that
                              were passed over
      --version, --help

    Each image is treated as a crop of one face; fer-infer does not look for faces.
    A model without class scores gives no labels: --embedding is then needed, and
    records say which faces it has rows for.
    With --boxes, each box is a face. The content says whether a file is JPEG, PNG,
    WebP, BMP or PNM. Pictures are turned as their EXIF data says, and boxes are in
    pixels of the turned picture. A file that cannot be used gives a record with
    "ok": false, and the run goes on. In folders, hidden files are left out, and so
    are files that are images neither by name nor by content; links to folders are
    followed once. There is one record for each input, in the order of the inputs;
    record.schema.json describes them. Ctrl-C finishes the records that were begun;
    a second one, two seconds later or more, ends the run at once.
    Exit status: 0 all well, 1 some inputs failed, 2 usage, 3 bad model, a list or
    boxes that cannot be read, or nothing to do, 130 stopped by Ctrl-C.
    """

  let model: FilePath
  let paths: [FilePath]
  let isZeroTerminated: Bool
  let isRecursive: Bool
  let boxes: FilePath?
  let fit: Preprocessing.Fit?
  let augmentation: TestTimeAugmentation
  let decoder: ImageDecoder
  let format: String?
  let output: FilePath?
  let topCount: Int?
  let embedding: EmbeddingWish?
  let dump: FilePath?
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
        "--boxes", "--fit", "--tta", "--background", "--max-pixels", "--format", "--output", "--top-k",
        "--embedding", "--dump-input", "--batch", "--threads", "--precision",
      ], flags: ["-0", "--no-recursive", "--verify", "--quiet"])
    if arguments.has("--help") { print(Self.help) }
    if arguments.has("--version") { print("fer-infer \(toolVersion)") }
    if arguments.has("--help") || arguments.has("--version") { return nil }
    boxes = arguments.path("--boxes")
    guard let model = arguments.paths.first, arguments.paths.count >= 2 || boxes != nil else {
      throw UsageError("A model and at least one image or folder are needed.")
    }
    self.model = model
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
