import FermFiles
import FermFormat
import FermToolSupport

/// Bytes as lower-case hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A number as eight or more hexadecimal digits.
func hex(_ offset: UInt64) -> String {
  let digits = String(offset, radix: 16)
  return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}

/// A share of a whole, with one decimal.
func percent(_ part: Int, of whole: Int) -> String {
  percent(Double(part) / Double(max(whole, 1)), digits: 1)
}

/// A fraction of 1 as per cent.
func percent(_ fraction: Double, digits: Int) -> String { decimal(100 * fraction, digits: digits) + " %" }

/// A number with so many decimals; one too large to have that many is shown with the digits that it has.
func decimal(_ value: Double, digits: Int) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = (value.magnitude * Double(scale)).rounded()
  guard scaled < 0x1p53 else { return "\(value)" }
  let units = Int(scaled)
  let fraction = String(units % scale)
  let zeros = String(repeating: "0", count: digits - (digits > 0 ? fraction.count : 0))
  let sign = value < 0 && units > 0 ? "-" : ""
  return digits > 0 ? "\(sign)\(units / scale).\(zeros)\(fraction)" : "\(sign)\(units)"
}

/// A number with so many significant digits.
func short(_ value: Double, digits: Int = 4) -> String {
  guard value.isFinite, value != 0 else { return "\(value)" }
  var exponent = 0
  var size = value.magnitude
  while size >= 10 { (size, exponent) = (size / 10, exponent + 1) }
  while size < 1 { (size, exponent) = (size * 10, exponent - 1) }
  if (-4..<7).contains(exponent) { return decimal(value, digits: max(0, digits - 1 - exponent)) }
  return decimal((value < 0 ? -size : size), digits: digits - 1) + "e\(exponent)"
}

/// Bytes in the unit that people read.
func bytes(_ count: Int) -> String {
  switch count {
  case ..<1000: "\(count) bytes"
  case ..<1_000_000: "\(decimal(Double(count) / 1e3, digits: 1)) kB"
  default: "\(decimal(Double(count) / 1e6, digits: 1)) MB"
  }
}

func left(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// A text that is not longer than a page can show.
func excerpt(_ text: String, limit: Int = 400) -> String {
  let scalars = text.unicodeScalars
  guard text.utf8.count > limit,
    let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
    end < scalars.endIndex
  else { return text }
  return
    "\(String(scalars[..<end]))... (\(grouped(scalars.distance(from: end, to: scalars.endIndex))) characters more)"
}

/// The lines of a text, however they end, each as a terminal may see it.
func printableLines(of text: String) -> [String] {
  text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
    String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
      .replacing("\t", with: "    ").printable
  }
}

/// Columns as wide as their widest cell, two spaces apart; the first `leftColumns` stand left, the rest right.
func table(_ rows: [[String]], leftColumns: Int, indent: String = "  ") -> [String] {
  var widths: [Int] = []
  for row in rows {
    for (column, cell) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      widths[column] = max(widths[column], cell.count)
    }
  }
  return rows.map { row in
    // Nothing stands to the right of the last cell that is not empty.
    let used = row.count - row.reversed().prefix { $0.isEmpty }.count
    var line = indent
    for (column, cell) in row[..<used].enumerated() {
      line += (column > 0 ? "  " : "")
      if column >= leftColumns {
        line += right(cell, widths[column])
      } else {
        line += column + 1 < used ? left(cell, widths[column]) : cell
      }
    }
    return line
  }
}
