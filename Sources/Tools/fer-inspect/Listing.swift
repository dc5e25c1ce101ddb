import FermFiles
import FermFormat
import FermToolSupport

/// What can be listed of a file that asks for more than this program knows.
func readableListing(of file: FileListing) -> String {
  var lines = ["What can be listed of it:", ""]
  func fact(_ name: String, _ value: String) { lines.append("  \(left(name, 13))\(value)") }
  fact("format", ".ferm \(file.version.major).\(file.version.minor)")
  if !file.features.isEmpty { fact("needs", file.features.names.joined(separator: ", ")) }
  if let head = file.head {
    fact("name", head.name)
    fact("operator set", "\(head.operatorSet)")
  }
  lines += ["", "  chunks"]
  lines += table(
    file.parts.map { [$0.type, "at \(grouped($0.offset)),", "\(grouped($0.length)) bytes"] }, leftColumns: 1,
    indent: "    ")
  lines += ["", "  nodes"]
  guard !file.nodes.isEmpty else {
    lines.append("    the file has no list of them that fits its graph")
    return lines.joined(separator: "\n")
  }
  var rows = [["#", "operator", "code", "version", "takes", "bytes", ""]]
  for (index, node) in file.nodes.enumerated() {
    rows.append([
      "\(index + 1)", node.name, "\(node.code)", "\(node.version)",
      node.inputs.map { $0 == 0 ? "input" : "\($0)" }.joined(separator: " "), grouped(node.length),
      node.isKnown ? "" : "not known to this program",
    ])
  }
  return (lines + table(rows, leftColumns: 7, indent: "    ")).joined(separator: "\n")
}
