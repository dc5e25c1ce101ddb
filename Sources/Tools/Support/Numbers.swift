/// A number in groups of three digits: `2,941,383`.
public func grouped(_ number: some BinaryInteger) -> String {
  var text = ""
  for (i, digit) in String(number.magnitude).reversed().enumerated() {
    if i > 0 && i % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (number < 0 ? "-" : "") + String(text.reversed())
}
