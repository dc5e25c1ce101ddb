import FermFiles
import FermFormat
import FermToolSupport

/// What `export --crop` asks for: another crop rule for a detector, or none.
struct CropChange {
  private let detector: String
  /// nil for none.
  private let rule: CropRule?

  /// Reads `DETECTOR:SIDE,RIGHT,DOWN[,level]` or `DETECTOR:none`.
  init(_ text: String) throws(UsageError) {
    let refusal = UsageError(
      "--crop takes DETECTOR:SIDE,RIGHT,DOWN[,level], such as blazeface-short:1.1,0,-0.08, or DETECTOR:none; not \(text.printable)."
    )
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else { throw refusal }
    detector = String(text[..<colon])
    let words = text[text.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
    if words == ["none"] {
      rule = nil
      return
    }
    let isLevel = words.count == 4 && words[3] == "level"
    let numbers = words.prefix(3).compactMap { Arguments.number(String($0)).map { Float($0) } }
    guard numbers.count == 3, words.count == 3 || isLevel else { throw refusal }
    rule = CropRule(
      detector: detector, side: numbers[0], right: numbers[1], down: numbers[2], isLevel: isLevel)
  }

  /// Changes a model's rules; those for other detectors stay.
  func apply(to model: inout Model) {
    model.cropRules.removeAll { $0.detector == detector }
    if let rule { model.cropRules.append(rule) }
  }
}
