internal import FermFiles
internal import FermRuntime
internal import Foundation

/// FER2013's original layout: a CSV file with the columns `emotion`, `pixels` (2,304 numbers) and `Usage`.
///
/// The file is read once, piece by piece, and the lines of a piece by all threads: 300 MB take about two seconds.
struct FaceTable: Sendable {
  static let side = 48
  /// No line of such a table is longer.
  static let lineLimit = 1 << 20

  private(set) var splits: [String: [LabelledFace]] = [:]
  private(set) var bad: [String] = []
  /// Whether the table has a column `Usage`.
  private(set) var isSplit = false
  /// The pixels of each face, or why they cannot be used.
  private var faces: [Result<[UInt8], FaceDecodingError>] = []

  /// Reads a table.
  ///
  /// - Throws: `data`, naming the line at fault unless `skipsBad`.
  init(path: String, skipsBad: Bool, workers: Workers) throws(TrainError) {
    let file = FilePath(path)
    let text = path.printable
    var reader = try LineReader(file)
    var columns: TableColumns?
    var firstBad: String?
    while let lines = try reader.next() {
      var rest = lines[...]
      if columns == nil, let first = rest.popFirst() {
        columns = try TableColumns(first.bytes, "\(text), line \(first.number)")
      }
      guard let columns else { continue }
      isSplit = columns.usage != nil
      let rows = Gathered<TableColumns.Row>(count: rest.count)
      let (base, pieces) = (rest.startIndex, min(64, rest.count))
      workers.forEach(pieces) { piece in
        for i in (rest.count * piece / pieces)..<(rest.count * (piece + 1) / pieces) {
          rows.set(i, columns.row(rest[base + i].bytes))
        }
      }
      for (line, row) in zip(rest, rows.all) {
        switch row {
        case .face(let label, let split, let weight, let pixels):
          splits[split.rawValue, default: []].append(
            LabelledFace(path: file, label: label, line: (line.number, faces.count), weight: weight))
          faces.append(pixels)
        case .bad(let sentence):
          let sentence = "\(text), line \(line.number): \(sentence)"
          firstBad = firstBad ?? sentence
          bad.append(sentence)
        case nil: break
        }
      }
    }
    // What was cut while it was read has bad lines, too; the reader has said so by now.
    if let firstBad, !skipsBad { throw .data(firstBad + Self.wayOn) }
    guard columns != nil else { throw .data("\(text): the file is empty.") }
    guard !splits.isEmpty else { throw .data("\(text): there are no faces in it.") }
  }

  static let wayOn = " Mend it, or add --skip-bad to go on without such faces."

  /// The pixels of a line, `[48][48]`.
  func pixels(_ face: LabelledFace) throws(FaceDecodingError) -> DecodedFace {
    guard let place = face.line?.place else { throw FaceDecodingError("the face is no line of the table.") }
    return DecodedFace(
      pixels: try faces[place].get(), width: Self.side, height: Self.side, channels: 1)
  }
}
