import FermFormat
import FermToolSupport

/// The file as a page that a person can read.
func readablePage(of file: ModelFile, path: String) -> String {
  var lines: [String] = []
  let raw = file.weightBytes
  let work = file.facts.multiplyAdds.reduce(0, +)
  lines.append("\(file.name)   \(path)")
  lines.append("")
  lines.append(
    "  format       .ferm \(file.version.major).\(file.version.minor)\(file.isDraft ? " (draft)" : "")")
  lines.append(
    "  size         \(grouped(Int(file.size))) bytes; weights \(grouped(file.storedWeightBytes)) of \(grouped(raw)) (\(percent(file.storedWeightBytes, raw)))"
  )
  lines.append(
    "  parameters   \(grouped(file.parameterCount)) in \(file.tensors.count) tensors (\(types(file)))")
  lines.append(
    "  work         \(grouped(work)) multiply-adds an image; \(grouped(file.facts.peakBytes)) bytes of values at once"
  )
  lines.append("  labels       \(file.labels.names.joined(separator: ", "))")
  if file.labels.temperature != 1 { lines.append("  temperature  \(file.labels.temperature)") }
  lines.append("  input        \(describe(file.preprocessing))")
  lines.append("")
  lines.append("  layer                    output        parameters   multiply-adds")
  for (index, node) in file.graph.nodes.enumerated() {
    let parameters = node.operation.tensorIndices.reduce(0) { $0 + file.tensors[$1].info.shape.count }
    lines.append(
      "  \(left(node.operation.name, 22)) \(right(file.facts.shapes[index + 1].description, 12)) \(right(parameters > 0 ? grouped(parameters) : "", 13)) \(right(file.facts.multiplyAdds[index] > 0 ? grouped(file.facts.multiplyAdds[index]) : "", 15))"
    )
  }
  if !file.provenance.entries.isEmpty {
    lines.append("")
    lines.append("  provenance")
    for entry in file.provenance.entries {
      var text = dump(entry.value).rendered()
      if case .string(let plain) = entry.value { text = plain }
      lines.append("    \(left(entry.key, 28)) \(text)")
    }
  }
  lines.append("")
  lines.append(
    "  integrity    records checked; the weights and SHA-256 \(hex(file.statedDigest).prefix(16))... are checked by --verify"
  )
  return lines.joined(separator: "\n")
}

private func types(_ file: ModelFile) -> String {
  ElementType.allCases.compactMap { type in
    let count = file.tensors.filter { $0.info.type == type }.reduce(0) { $0 + $1.info.shape.count }
    return count > 0 ? "\(type.name) \(grouped(count))" : nil
  }.joined(separator: ", ")
}

private func describe(_ recipe: Preprocessing) -> String {
  let colour = recipe.colour == .grey ? "grey" : "RGB"
  let fit = recipe.fit == .crop ? "centre square" : recipe.fit == .pad ? "padded" : "stretched"
  return
    "\(recipe.inputShape.description): \(colour), \(fit), resized to \(recipe.resized.height)x\(recipe.resized.width), centre \(recipe.cropped.height)x\(recipe.cropped.width)"
}

/// A number in groups of three digits.
private func grouped(_ number: Int) -> String {
  var text = ""
  for (i, digit) in String(number).reversed().enumerated() {
    if i > 0 && i % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}

private func percent(_ part: Int, _ whole: Int) -> String {
  let tenths = whole > 0 ? (1000 * part + whole / 2) / whole : 0
  return "\(tenths / 10).\(tenths % 10) %"
}

private func left(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
private func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
