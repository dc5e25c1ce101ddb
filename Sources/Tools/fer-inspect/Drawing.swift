import FermFormat
import FermToolSupport

/// What both drawings show of one value: the network's input or a node's output.
private struct Box {
  let title: String
  let detail: String
  let hasWeights: Bool
  /// What the file says that the value is given for: `face (embedding)`.
  var outputs = ""
}

private func boxes(of file: ModelFile) -> [Box] {
  let names = file.layerNames
  func outputs(_ value: Int) -> String {
    guard file.features.contains(.outputs) else { return "" }
    let named = file.outputs.filter { $0.values.contains(value) }
    return named.map { "\($0.name) (\($0.kind.name))" }.joined(separator: ", ")
  }
  let input = Box(
    title: "input", detail: file.preprocessing.colour == .grey ? "grey" : "RGB", hasWeights: false)
  return [input]
    + file.graph.nodes.indices.map { index in
      let node = file.graph.nodes[index]
      let parameters = file.parameters(ofNode: index)
      let name = names[index]
      let parts = [
        file.settings(ofNode: index), parameters > 0 ? "\(grouped(parameters)) parameters" : "",
      ].filter { !$0.isEmpty }
      return Box(
        title: name == node.operator.name ? name : "\(name): \(node.operator.name)",
        detail: parts.joined(separator: ", "), hasWeights: parameters > 0, outputs: outputs(index + 1))
    }
}

/// The graph in the language of Graphviz; edges carry the shapes.
func dotDrawing(of file: ModelFile) -> String {
  var lines = [
    "digraph \(file.name.dot) {",
    "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=sans];",
    "  edge [fontname=sans, fontsize=10];",
  ]
  for (value, box) in boxes(of: file).enumerated() {
    let label = [box.title, box.detail].filter { !$0.isEmpty }.joined(separator: "\n").dot
    lines.append("  v\(value) [label=\(label)\(box.hasWeights ? ", fillcolor=lightblue" : "")];")
  }
  for (index, node) in file.graph.nodes.enumerated() {
    for input in node.inputs {
      lines.append("  v\(input) -> v\(index + 1) [label=\(file.facts.shapes[input].description.dot)];")
    }
  }
  for (index, output) in file.outputs.enumerated() {
    let isStated = file.features.contains(.outputs)
    let name = isStated ? "output\(index)" : "labels"
    let title = isStated ? ["\(output.name) (\(output.kind.name))"] : []
    let text = (title + (output.isScores ? file.shownLabels : [])).joined(separator: "\n")
    lines.append("  \(name) [shape=note, label=\(text.dot)];")
    for value in output.values {
      lines.append("  v\(value) -> \(name) [label=\(file.facts.shapes[value].description.dot)];")
    }
  }
  return (lines + ["}"]).joined(separator: "\n")
}

/// The graph as a picture: values from top to bottom in running order, with arcs at the right for what skips some.
func svgDrawing(of file: ModelFile) -> String {
  let boxes = boxes(of: file)
  let (width, height, step, left, top) = (420, 40, 64, 20, 56)
  let arcs = skips(of: file.graph)
  let lanes = (arcs.map { $0.lane }.max() ?? -1) + 1
  let size = (width: left + width + 20 + 24 * lanes + 40, height: top + step * boxes.count + 20)
  func y(_ value: Int) -> Int { top + step * value }
  var lines = [
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size.width) \(size.height)\" width=\"\(size.width)\" height=\"\(size.height)\" font-family=\"sans-serif\" font-size=\"13\">",
    "<title>\(file.name.xml)</title>", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/></marker></defs>",
    "<text x=\"\(left)\" y=\"24\" font-size=\"16\" font-weight=\"bold\">\(file.name.xml)</text>",
    "<text x=\"\(left)\" y=\"42\" fill=\"#555\">\(grouped(file.parameterCount)) parameters, \(grouped(file.totalMultiplyAdds)) multiply-adds</text>",
  ]
  for (value, box) in boxes.enumerated() {
    let stroke = box.outputs.isEmpty ? "#777\"" : "#b36b00\" stroke-width=\"2\""
    let fill = value == 0 ? "#f4f4f4" : box.hasWeights ? "#dcebfa" : "white"
    lines.append(
      "<rect x=\"\(left)\" y=\"\(y(value))\" width=\"\(width)\" height=\"\(height)\" rx=\"6\" fill=\"\(fill)\" stroke=\"\(stroke)/>"
    )
    let middle = box.detail.isEmpty ? 24 : 17
    lines.append(
      "<text x=\"\(left + 10)\" y=\"\(y(value) + middle)\">\(shortened(box.title, 44).xml)</text>")
    lines.append(
      "<text x=\"\(left + 10)\" y=\"\(y(value) + 32)\" font-size=\"11\" fill=\"#555\">\(shortened(box.detail, 64).xml)</text>"
    )
    lines.append(
      "<text x=\"\(left + width - 10)\" y=\"\(y(value) + middle)\" text-anchor=\"end\" fill=\"#333\">\(file.facts.shapes[value].description)</text>"
    )
    if !box.outputs.isEmpty {
      lines.append(
        "<text x=\"\(left + width - 10)\" y=\"\(y(value) + 32)\" text-anchor=\"end\" font-size=\"11\" fill=\"#b36b00\">\(shortened(box.outputs, 40).xml)</text>"
      )
    }
  }
  for (index, node) in file.graph.nodes.enumerated() where node.inputs.contains(index) {
    lines.append(
      "<path d=\"M\(left + width / 2) \(y(index) + height)V\(y(index + 1))\" stroke=\"#555\" marker-end=\"url(#tip)\"/>"
    )
  }
  for arc in arcs {
    let edge = left + width
    let x = edge + 24 + 24 * arc.lane
    lines.append(
      "<path d=\"M\(edge) \(y(arc.from) + 24)H\(x - 8)q8 0 8 8V\(y(arc.to) + 8)q0 8 -8 8H\(edge)\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#tip)\"/>"
    )
  }
  lines.append(
    "<text x=\"\(left)\" y=\"\(y(boxes.count))\" fill=\"#555\">\(shortened(file.labels.names.isEmpty ? "no labels" : "labels: " + file.shownLabels.joined(separator: ", "), 66).xml)</text>"
  )
  return (lines + ["</svg>"]).joined(separator: "\n")
}

/// The edges that skip nodes, each in the innermost lane that is free all along it.
private func skips(of graph: Graph) -> [(from: Int, to: Int, lane: Int)] {
  var ends: [Int] = []
  var arcs: [(from: Int, to: Int, lane: Int)] = []
  var edges: [(from: Int, to: Int)] = []
  for (index, node) in graph.nodes.enumerated() {
    for input in Set(node.inputs) where input != index { edges.append((input, index + 1)) }
  }
  for edge in edges.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
    let lane = ends.firstIndex { $0 <= edge.from } ?? ends.count
    if lane == ends.count { ends.append(edge.to) } else { ends[lane] = edge.to }
    arcs.append((edge.from, edge.to, lane))
  }
  return arcs
}

private func shortened(_ text: String, _ limit: Int) -> String {
  text.count <= limit ? text : text.prefix(limit - 1) + "…"
}
