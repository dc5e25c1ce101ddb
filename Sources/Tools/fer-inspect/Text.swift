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

/// A number in groups of three digits.
func grouped(_ number: Int) -> String {
  var text = ""
  for (i, digit) in String(number.magnitude).reversed().enumerated() {
    if i > 0 && i % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (number < 0 ? "-" : "") + String(text.reversed())
}

/// A share of a whole, with one decimal.
func percent(_ part: Int, of whole: Int) -> String {
  percent(Double(part) / Double(max(whole, 1)), digits: 1)
}

/// A fraction of 1 as per cent.
func percent(_ fraction: Double, digits: Int) -> String { decimal(100 * fraction, digits: digits) + " %" }

/// A number with so many decimals.
func decimal(_ value: Double, digits: Int) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let units = Int((value.magnitude * Double(scale)).rounded())
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

/// Text from a file as a terminal may see it: nothing that moves the cursor or hides other text.
func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
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
    var line = indent
    for (column, cell) in row.enumerated() {
      line += (column > 0 ? "  " : "")
      line += column < leftColumns ? left(cell, widths[column]) : right(cell, widths[column])
    }
    while line.hasSuffix(" ") { line.removeLast() }
    return line
  }
}
