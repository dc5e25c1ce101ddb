import FermFiles
import FermFormat
import FermToolSupport

/// A model card for the Hugging Face hub: metadata with a model-index that its site reads, then a page for people.
func modelCard(of file: ModelFile, path: FilePath) -> String {
  (metadata(of: file) + body(of: file, path: path)).joined(separator: "\n")
}

/// YAML between two lines of dashes; every text is quoted as JSON, which YAML takes as it is.
private func metadata(of file: ModelFile) -> [String] {
  func quoted(_ text: String) -> String { JSONValue.string(text).rendered() }
  var lines = ["---", "library_name: ferm", "pipeline_tag: \(file.task)"]
  if let license = file.text("license") { lines.append("license: \(quoted(license.lowercased()))") }
  lines += ["tags:", "- ferm", "- \(file.task)"]
  if file.hasScores { lines.append("- facial-expression-recognition") }
  let metrics = metrics(of: file)
  guard !metrics.isEmpty else {
    return lines + ["model-index:", "- name: \(quoted(file.name))", "  results: []", "---"]
  }
  lines += ["metrics:", "- accuracy", "model-index:", "- name: \(quoted(file.name))", "  results:"]
  for split in metrics.map({ $0.split }).reduce(into: [String?](), { if $0.last != $1 { $0.append($1) } }) {
    lines += [
      "  - task:", "      type: image-classification", "      name: Image Classification", "    dataset:",
      "      name: \(quoted(file.dataset))",
      "      type: \(quoted(file.dataset.lowercased().replacing(" ", with: "-")))",
    ]
    if let split { lines.append("      split: \(quoted(split))") }
    lines.append("    metrics:")
    for metric in metrics where metric.split == split {
      lines += [
        "    - type: \(metric.type)", "      value: \(metric.value)", "      name: \(quoted(metric.name))",
      ]
    }
  }
  return lines + ["---"]
}

/// What a model-index lists: the recorded evaluations, or else the validation of the training run.
private func metrics(of file: ModelFile) -> [(split: String?, type: String, value: Double, name: String)] {
  var found: [(split: String?, type: String, value: Double, name: String)] = []
  for record in EvaluationRecord.all(in: file) {
    found.append((record.split, "accuracy", record.accuracy, "Top-1 accuracy, \(record.view)"))
    if let loss = record.loss { found.append((record.split, "loss", loss, "Cross-entropy, \(record.view)")) }
  }
  guard found.isEmpty, let accuracy = file.number("validation.accuracy") else { return found }
  let split = file.text("validation.split")
  found.append((split, "accuracy", accuracy, "Top-1 accuracy"))
  if let loss = file.number("validation.loss") { found.append((split, "loss", loss, "Cross-entropy")) }
  return found
}

private func body(of file: ModelFile, path: FilePath) -> [String] {
  var lines = ["", "# \(file.name)", ""]
  let images = "\(file.preprocessing.inputShape.description) images"
  lines.append(
    file.hasScores
      ? "A network that sorts \(images) into \(grouped(file.labels.names.count)) classes: \(file.shownLabels.map { $0.markdown }.joined(separator: ", "))."
      : "A network that looks at \(images) and gives no class scores, but what the table says.")
  lines += ["", "| | |", "|---|---|"]
  func row(_ name: String, _ value: String) { lines.append("| \(name) | \(value) |") }
  row("file", ".ferm \(file.version.major).\(file.version.minor), \(grouped(Int(file.size))) bytes")
  row("parameters", "\(grouped(file.parameterCount)) (\(file.elementTypes))")
  row("work", "\(grouped(file.totalMultiplyAdds)) multiply-adds an image")
  row("input", file.recipe.markdown)
  if file.features.contains(.outputs) {
    for output in file.outputs {
      row(
        "output `\(output.name)`", file.words(for: output) { "node \($0)" }.joined(separator: "; ").markdown)
    }
  }
  for rule in file.cropRules { row("crop for `\(rule.detector)`", rule.words.markdown) }
  row("SHA-256", "`\(hex(file.statedDigest))`")
  lines += ["", "## How good it is", ""]
  lines += figures(of: file)
  lines += ["", "## How to use it", ""]
  lines +=
    file.hasScores
    ? ["```", "fer-infer \(fileName(path).shell) faces/", "```", ""]
    : ["The library and the Python package give its outputs by name.", ""]
  if let card = file.notes.first(where: { $0.name == "card.md" }) {
    let text = printableLines(of: card.text)
    lines += text.dropLast(text.reversed().prefix { $0.isEmpty }.count) + [""]
  }
  lines += ["## Where it comes from", ""]
  let origins = file.provenance.entries.filter { !$0.key.hasPrefix("eval.") }
  if origins.isEmpty {
    lines.append("The file does not say.")
  } else {
    lines += ["| key | value |", "|---|---|"]
    for entry in origins { row("`\(entry.key)`", entry.value.text.markdown) }
  }
  lines += [
    "", "## Limits", "",
    "What the network says of a face is a guess about an expression, not knowledge of a feeling. It knows images like those it was trained on, and mistakes are not spread evenly over people. Do not use it to judge anyone.",
  ]
  return lines
}

private func figures(of file: ModelFile) -> [String] {
  let records = EvaluationRecord.all(in: file)
  guard !records.isEmpty else {
    return [
      file.accuracy.map { "\($0.markdown). Data set: \(file.dataset.markdown)." }
        ?? "The file does not say. Measure before you use it."
    ]
  }
  func cell(_ value: Double?, _ digits: Int, _ factor: Double = 100) -> String {
    value.map { decimal(factor * $0, digits: digits) } ?? ""
  }
  var lines = [
    "Measured on this file's own weights; data set: \(file.dataset.markdown).", "",
    "| split | faces | crops | top-1, % | 95 % interval | top-2, % | loss | ECE |",
    "|---|---|---|---|---|---|---|---|",
  ]
  for record in records {
    let span = record.interval.map { "\(cell($0.low, 2)) to \(cell($0.high, 2))" } ?? ""
    lines.append(
      "| \(record.split.markdown) | \(record.faces.markdown) | \(record.view.markdown) | \(cell(record.accuracy, 2)) | \(span) | \(cell(record.top2, 2)) | \(cell(record.loss, 4, 1)) | \(cell(record.calibrationError, 4, 1)) |"
    )
  }
  if let record = EvaluationRecord.shown(of: records) {
    lines += [
      "", "By class, \(record.view.markdown):", "", "| class | faces | recall, % | precision, % |",
      "|---|---|---|---|",
    ]
    for scores in record.perClass {
      lines.append(
        "| \(scores.label.markdown) | \(scores.faces.markdown) | \(cell(scores.recall, 1)) | \(cell(scores.precision, 1)) |"
      )
    }
  }
  for record in records where !record.framings.isEmpty {
    lines += [
      "", "In other framings, \(record.split.markdown), \(record.view.markdown):", "",
      "| faces | top-1, % | 95 % interval | change, points | 95 % interval |", "|---|---|---|---|---|",
    ]
    func span(_ interval: (low: Double, high: Double)?) -> String {
      interval.map { "\(cell($0.low, 1)) to \(cell($0.high, 1))" } ?? ""
    }
    for framing in record.framings {
      lines.append(
        "| \(framing.name) | \(cell(framing.accuracy, 1)) | \(span(framing.interval)) | \(cell(framing.change, 1)) | \(span(framing.changeInterval)) |"
      )
    }
  }
  return lines
}

extension ModelFile {
  fileprivate var hasScores: Bool { outputs.contains { $0.isScores } }

  /// What the hub calls it that the network does.
  fileprivate var task: String {
    if hasScores { return "image-classification" }
    return outputs.contains { $0.kind.name == "detection" } ? "object-detection" : "image-feature-extraction"
  }
}

/// The last part of a path, as a command line takes it.
private func fileName(_ path: FilePath) -> FilePath {
  let name = path.bytes.split(separator: UInt8(ascii: "/")).last ?? []
  return FilePath(bytes: name.first == UInt8(ascii: "-") ? Array("./".utf8) + name : Array(name))
}
