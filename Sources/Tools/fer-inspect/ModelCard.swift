import FermFormat
import FermToolSupport

/// A model card for the Hugging Face hub: metadata with a model-index that its site reads, then a page for people.
func modelCard(of file: ModelFile, path: String) -> String {
  (metadata(of: file) + body(of: file, path: path)).joined(separator: "\n")
}

/// YAML between two lines of dashes; every text is quoted as JSON, which YAML takes as it is.
private func metadata(of file: ModelFile) -> [String] {
  func quoted(_ text: String) -> String { JSONValue.string(text).rendered() }
  var lines = ["---", "library_name: ferm", "pipeline_tag: image-classification"]
  if let license = file.text("license") { lines.append("license: \(quoted(license))") }
  lines += ["tags:", "- ferm", "- image-classification", "- facial-expression-recognition"]
  if let accuracy = file.number("validation.accuracy") {
    lines += [
      "metrics:", "- accuracy", "model-index:", "- name: \(quoted(file.name))", "  results:",
      "  - task:", "      type: image-classification", "      name: Image Classification", "    dataset:",
      "      name: \(quoted(file.dataset))",
      "      type: \(quoted(file.dataset.lowercased().replacing(" ", with: "-")))",
    ]
    if let split = file.text("validation.split") { lines.append("      split: \(quoted(split))") }
    lines += [
      "    metrics:", "    - type: accuracy", "      value: \(accuracy)",
      "      name: \(quoted("Top-1 accuracy"))",
    ]
    if let loss = file.number("validation.loss") {
      lines += ["    - type: loss", "      value: \(loss)", "      name: \(quoted("Cross-entropy"))"]
    }
  } else {
    lines += ["model-index:", "- name: \(quoted(file.name))", "  results: []"]
  }
  return lines + ["---"]
}

private func body(of file: ModelFile, path: String) -> [String] {
  var lines = ["", "# \(file.name)", ""]
  lines.append(
    "A network that sorts \(file.preprocessing.inputShape.description) images into \(file.labels.names.count) classes: \(file.labels.names.map(markdown).joined(separator: ", "))."
  )
  lines += ["", "| | |", "|---|---|"]
  func row(_ name: String, _ value: String) { lines.append("| \(name) | \(value) |") }
  row("file", ".ferm \(file.version.major).\(file.version.minor), \(grouped(Int(file.size))) bytes")
  row("parameters", "\(grouped(file.parameterCount)) (\(file.elementTypes))")
  row("work", "\(grouped(file.totalMultiplyAdds)) multiply-adds an image")
  row("input", markdown(file.recipe))
  row("SHA-256", "`\(hex(file.statedDigest))`")
  lines += ["", "## How good it is", ""]
  if let accuracy = file.accuracy {
    lines.append("\(markdown(accuracy)). Data set: \(markdown(file.dataset)).")
  } else {
    lines.append("The file does not say. Measure before you use it.")
  }
  lines += [
    "", "## How to use it", "", "```", "fer-infer \(path.split(separator: "/").last ?? "model.ferm") faces/",
    "```", "", "## Where it comes from", "",
  ]
  if file.provenance.entries.isEmpty {
    lines.append("The file does not say.")
  } else {
    lines += ["| key | value |", "|---|---|"]
    for entry in file.provenance.entries { row("`\(entry.key)`", markdown(file.text(entry.key) ?? "")) }
  }
  lines += [
    "", "## Limits", "",
    "What the network says of a face is a guess about an expression, not knowledge of a feeling. It knows images like those it was trained on, and mistakes are not spread evenly over people. Do not use it to judge anyone.",
  ]
  return lines
}

/// Text from a file in Markdown: printable, on one line, with nothing that makes a table cell, a tag or a link.
private func markdown(_ text: String) -> String {
  var result = ""
  for character in printable(text) {
    if "\\`*_{}[]<>|#".contains(character) { result.append("\\") }
    result.append(character)
  }
  return result
}
