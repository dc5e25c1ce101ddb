import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport

/// What `--embedding` asks for: a file, and which of the model's embeddings goes there.
struct EmbeddingWish {
  let path: FilePath
  /// nil for the model's only one.
  let name: String?

  /// Reads `FILE` or `NAME=FILE`; a file with = in its name is told by a / before that.
  init(_ word: FilePath) throws(UsageError) {
    let equals = word.bytes.firstIndex(of: UInt8(ascii: "="))
    let name = equals.map { word.bytes[..<$0] } ?? []
    if let equals, !name.contains(UInt8(ascii: "/")) {
      self.name = FilePath(bytes: Array(name)).text
      path = FilePath(bytes: Array(word.bytes[(equals + 1)...]))
    } else {
      self.name = nil
      path = word
    }
    guard path.text.lowercased().hasSuffix(".npy") else {
      throw UsageError("\(word.printable): --embedding writes a NumPy file; let its name end in .npy.")
    }
  }

  /// The output of a model that is meant.
  func output(of plan: Plan) throws(UsageError) -> PlanOutput {
    let embeddings = plan.outputs.filter { $0.isEmbedding }
    let words = plan.outputs.map { $0.description }.joined(separator: ", ")
    guard let name else {
      guard let first = embeddings.first else {
        throw UsageError(
          "The model \(plan.name.printable) has no embedding; its outputs: \(words.printable).")
      }
      guard embeddings.count == 1 else {
        throw UsageError(
          "The model \(plan.name.printable) has several embeddings; choose one with --embedding NAME=FILE.npy, of \(words.printable)."
        )
      }
      return first
    }
    guard let named = embeddings.first(where: { $0.name == name }) else {
      throw UsageError(
        "The model \(plan.name.printable) has no embedding \(name.printable); its outputs: \(words.printable)."
      )
    }
    return named
  }
}

/// The embeddings of a run as a NumPy file (NPY 1.0): float32 `[N, F]`, a row for each face, in order.
///
/// It appears when it is complete. Rows go to the disk as they come; only their number waits for the end.
final class EmbeddingFile {
  let file: OutputFile
  private let width: Int
  private var rows = 0
  private var buffer: [UInt8] = []

  /// Begins the file.
  init(_ file: OutputFile, width: Int) {
    self.file = file
    self.width = width
    buffer = header
  }

  /// Adds a row.
  func append(_ row: [Float]) throws(FileError) {
    rows += 1
    row.withUnsafeBytes { buffer.append(contentsOf: $0) }
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Lets the file appear.
  func finish() throws(FileError) {
    try flush()
    try file.replaceStart(with: header)
    try file.commit()
  }

  private func flush() throws(FileError) {
    try file.append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// As long for any number of rows.
  private var header: [UInt8] { NumPyHeader.bytes([rows, width]) }
}
