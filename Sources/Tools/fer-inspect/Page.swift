import FermFiles
import FermFormat
import FermRuntime
import FermToolSupport

/// The file as a page that a person can read.
func readablePage(of file: ModelFile, path: FilePath) -> String {
  var lines = ["\(file.name)   \(path.printable)", ""]
  func fact(_ name: String, _ value: String) { lines.append("  \(left(name, 13))\(value)") }
  let needs = file.features.isEmpty ? "" : "; readers must know \(file.needs)"
  fact("format", ".ferm \(file.version.major).\(file.version.minor)\(needs)")
  fact(
    "size",
    "\(grouped(Int(file.size))) bytes; weights \(grouped(file.storedWeightBytes)), \(percent(file.storedWeightBytes, of: file.weightBytes)) of the \(grouped(file.weightBytes)) that they decode to"
  )
  fact("parameters", "\(grouped(file.parameterCount)) in \(file.tensors.count) tensors")
  fact("weights", "\(file.elementTypes); packed \(file.codecs)")
  let cost = ExecutionCost(
    graph: file.graph, tensors: file.tensors.map { $0.info }, facts: file.facts)
  fact(
    "work",
    "\(grouped(file.totalMultiplyAdds)) multiply-adds an image, run as \(grouped(Int(cost.totalWork))) operations; \(bytes(file.facts.peakBytes)) of values at once"
  )
  if let refusal = cost.refusal { fact("", "no program here runs that: \(refusal.message)") }
  fact("input", "\(file.preprocessing.inputShape.description): \(file.recipe)")
  fact(
    "labels",
    file.labels.names.isEmpty ? "none" : file.shownLabels.map { $0.printable }.joined(separator: ", "))
  if file.labels.temperature != 1 { fact("temperature", "\(file.labels.temperature)") }
  if file.features.contains(.outputs) {
    for (index, output) in file.outputs.enumerated() {
      let words = file.words(for: output) { "node \($0)" }
      fact(index == 0 ? "outputs" : "", "\(output.name): \(words[0])")
      for level in words.dropFirst() { fact("", "  \(level)") }
    }
  }
  for (index, rule) in file.cropRules.enumerated() {
    fact(index == 0 ? "crop" : "", "\(rule.detector): \(rule.words)")
  }
  let records = EvaluationRecord.all(in: file)
  for record in records { fact("accuracy", record.line.printable) }
  if records.isEmpty { fact("accuracy", file.accuracy ?? "the file does not say") }
  if let record = EvaluationRecord.shown(of: records) {
    fact("by class", "recall and precision in %, \(record.view.printable):")
    for scores in record.perClass {
      fact(
        "",
        "\(left(scores.label.printable, 10)) \(right(decimal(100 * scores.recall, digits: 1), 5)) \(right(decimal(100 * scores.precision, digits: 1), 6))"
      )
    }
  }
  if file.hasTrainingState { fact("training", "the file holds the state to go on from") }

  lines += ["", "  layers"] + layerTable(of: file)
  let origins = file.provenance.entries.filter { !$0.key.hasPrefix("eval.") }
  if !origins.isEmpty {
    lines += ["", "  provenance"]
    lines += table(origins.map { [$0.key, excerpt($0.value.text)] }, leftColumns: 2, indent: "    ")
  }
  for note in file.notes {
    lines += ["", "  note \(note.name)"]
    let text = printableLines(of: note.text)
    lines += text.prefix(20).map { "    " + excerpt($0) }
    if text.count > 20 { lines.append("    ... \(text.count - 20) lines more; --json shows all") }
  }
  lines += [
    "",
    "  \(left("integrity", 13))records are intact; --verify checks the weights and SHA-256 \(hex(file.statedDigest).prefix(16))..., and runs \(file.selfTests.count) self-tests",
  ]
  return lines.joined(separator: "\n")
}

private func layerTable(of file: ModelFile) -> [String] {
  var rows = [["#", "layer", "operator", "takes", "output", "parameters", "multiply-adds", "weights"]]
  let names = file.layerNames
  for (index, node) in file.graph.nodes.enumerated() {
    let parameters = file.parameters(ofNode: index)
    let work = file.facts.multiplyAdds[index]
    let settings = file.settings(ofNode: index)
    let name = names[index]
    rows.append([
      "\(index + 1)", name == node.operator.name ? "" : name,
      node.operator.name + (settings.isEmpty ? "" : " (\(settings))"),
      node.inputs.map { $0 == 0 ? "input" : "\($0)" }.joined(separator: " "),
      file.facts.shapes[index + 1].description, parameters > 0 ? grouped(parameters) : "",
      work > 0 ? grouped(work) : "", file.elementTypes(ofNode: index),
    ])
  }
  return table(rows, leftColumns: 4, indent: "    ")
}
