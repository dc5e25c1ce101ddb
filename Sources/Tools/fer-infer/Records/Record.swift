import FermFiles
import FermRuntime
import FermToolSupport

/// What is said of one input, or of one face in it.
struct Record {
  let path: FilePath
  let box: Box?
  /// What the detector said.
  let mark: FaceMark
  /// Where `--dump-input` put what the network saw.
  let input: FilePath?
  let result: Result<Outcome, InputFailure>
}

/// What a usable picture shows.
enum Outcome {
  case face(Prediction)
  /// No face, in a picture of this size.
  case noFace(width: Int, height: Int)
}

/// What a detector said of a picture or of a face in it; empty where none was asked.
struct FaceMark: Sendable {
  /// The face's number among those of its photo, from 0.
  var number: Int?
  /// How many faces the picture has.
  var count: Int?
  /// How sure the detector is of the face.
  var score: Float?
  /// Whether the face is so small that its label means little.
  var isSmall = false
}

/// What the network gives for a face; empty where that was not asked of it.
struct FaceRows {
  var logits: [Float] = []
  var embedding: [Float] = []
}

/// What is said of a face.
struct Prediction {
  /// By class, in the model's order; none for a model without class scores.
  let probabilities: [Float]
  /// Where `--embedding` asks for it.
  let embedding: [Float]
  /// The upright picture's size in pixels.
  let size: (width: Int, height: Int)

  /// What a face's numbers say, or that they are not finite.
  static func of(
    _ rows: FaceRows, temperature: Float, size: (width: Int, height: Int)
  ) -> Result<Prediction, InputFailure> {
    let isScored = rows.logits.allSatisfy { $0.isFinite }
    guard isScored, rows.embedding.allSatisfy({ $0.isFinite }) else {
      return .failure(
        InputFailure(
          code: "not-finite",
          message:
            "The model's \(isScored ? "embedding" : "logits") for this image \(isScored ? "is" : "are") not finite, as its numbers outgrow fp32: use another model, or look for huge weights with fer-inspect --tensors."
        ))
    }
    return .success(
      Prediction(
        probabilities: rows.logits.isEmpty ? [] : softmax(rows.logits, temperature: temperature),
        embedding: rows.embedding, size: size))
  }

  /// The class with the largest probability, the first of equals; nil where there is no class.
  var best: Int? { firstLargest(probabilities) }

  /// The likeliest classes, best first.
  func top(_ count: Int) -> ArraySlice<Int> {
    probabilities.indices.sorted {
      probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
    }.prefix(count)
  }
}

/// The place of the largest of some numbers, the first of equals; nil of none.
func firstLargest(_ values: [Float]) -> Int? {
  guard !values.isEmpty else { return nil }
  return values.indices.dropFirst().reduce(0) { values[$1] > values[$0] ? $1 : $0 }
}

/// How records are written. A new format is one file in this folder and one line in `RecordFormats`.
protocol RecordFormat<Entry> {
  /// What a record says.
  associatedtype Entry

  /// What stands before all records.
  func opening(_ bytes: inout [UInt8])
  /// A record; `number` counts from 0.
  func append(_ record: Entry, number: Int, to bytes: inout [UInt8])
  /// What stands after all records.
  func closing(count: Int, _ bytes: inout [UInt8])
}

extension RecordFormat {
  func opening(_ bytes: inout [UInt8]) {}
  func closing(count: Int, _ bytes: inout [UInt8]) {}
}

/// What every format has to know.
struct RecordStyle {
  let labels: [String]
  let topCount: Int?
  /// Whether the faces' boxes are given.
  let hasBoxes: Bool
  /// Whether a detector may be asked.
  let hasMarks: Bool
}

/// The formats by name.
enum RecordFormats {
  static let all: [(name: String, make: @Sendable (RecordStyle) -> any RecordFormat<Record>)] = [
    ("table", { TableFormat(style: $0) }), ("jsonl", { JSONFormat($0, isDocument: false) }),
    ("csv", { CSVFormat(style: $0) }), ("json", { JSONFormat($0, isDocument: true) }),
  ]

  /// The format that a file's name asks for, in upper or lower case; nil for a name without an ending.
  static func name(byEndingOf path: FilePath) throws(UsageError) -> String? {
    let name = path.text.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    if let format = ["jsonl", "csv", "json"].first(where: { $0 == ending }) { return format }
    if ending.isEmpty { return nil }
    if ending == "ndjson" { return "jsonl" }
    throw UsageError(
      "\(path.printable): no format ends in .\(ending.printable): name it .csv, .jsonl or .json, or choose a format with --format."
    )
  }
}

extension Box {
  /// x, y, width, height; whole numbers without a fraction.
  var texts: [String] {
    [x, y, width, height].map { $0 == $0.rounded() && abs($0) < 1e15 ? "\(Int($0))" : "\($0)" }
  }
}
