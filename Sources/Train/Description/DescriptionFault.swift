internal import FermFiles

/// Why a description was refused: a sentence about one of its lines.
struct DescriptionFault: Error {
  /// The line, from 1; nil for what concerns the whole.
  let line: Int?
  /// The line outside all blocks that led there, where that is another.
  var caller: Int?
  /// What is wrong, and what helps.
  let sentence: String

  init(_ line: Int?, _ sentence: String) { (self.line, self.sentence) = (line, sentence) }

  /// The sentence behind the file's name and the place.
  func error(in file: String) -> TrainError {
    let place = line.map { ", line \($0)" } ?? ""
    let origin = caller.map { " (from line \($0))" } ?? ""
    return .model("\(file)\(place)\(origin): \(sentence)")
  }
}

extension String {
  /// A word of a description as a sentence shows it.
  var quoted: String { "`\(printableStart)`" }

  private var printableStart: String {
    let start = String(prefix(60)).printable
    return start.count < printable.count ? "\(start)..." : start
  }
}
