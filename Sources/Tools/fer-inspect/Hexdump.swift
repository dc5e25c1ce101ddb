import FermFiles
import FermFormat
import FermToolSupport

/// All bytes of a file with the meaning of each field beside them; of weights and skipped chunks only the beginning.
func writeHexdump(of file: ModelFile, to output: Output) throws {
  var place: UInt64 = 0
  for field in Layout(of: file).fields {
    let shown = field.isBulk ? min(field.length, 32) : field.length
    let bytes = try file.bytes(at: place, count: shown)
    for start in stride(from: 0, to: shown, by: 16) {
      let row = bytes[start..<min(start + 16, shown)]
      let digits = row.map { hex([$0]) }.joined(separator: " ")
      let meaning = start == 0 ? field.meaning : ""
      let line = "\(hex(place + UInt64(start)))  \(left(digits, 47))  \(meaning)"
      try output.line(meaning.isEmpty ? "\(hex(place + UInt64(start)))  \(digits)" : line)
    }
    if shown < field.length { try output.line("          ... \(grouped(field.length - shown)) bytes more") }
    place += UInt64(field.length)
  }
  try output.finish()
}
