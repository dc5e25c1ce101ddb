import FermFormat
import FermToolSupport

/// What both drawings show in one box: the network's input, or a node with the normalisation and activation behind it.
private struct Box {
  let title: String
  let detail: String
  let hasWeights: Bool
  /// The values that are made in it; others see the last one alone.
  let values: ClosedRange<Int>
  /// What the file says that the value is given for: `face (embedding)`.
  var outputs = ""
  /// The value that leaves it.
  var value: Int { values.upperBound }
}

/// The graph as boxes, in running order.
private struct Boxes {
  let list: [Box]
  /// The edges between boxes, each once.
  let edges: [(from: Int, to: Int)]

  init(of file: ModelFile) {
    let input = Box(
      title: "input", detail: file.preprocessing.colour == .grey ? "grey" : "RGB", hasWeights: false,
      values: 0...0, outputs: file.outputNames(of: 0))
    list = [input] + file.layers.map { Self.box($0, of: file) }
    let places = list.enumerated().flatMap { place, box in box.values.map { _ in place } }
    var edges: [(from: Int, to: Int)] = []
    for (index, node) in file.graph.nodes.enumerated() {
      for from in Set(node.inputs.map { places[$0] }).sorted() where from != places[index + 1] {
        edges.append((from, places[index + 1]))
      }
    }
    self.edges = edges
  }

  private static func box(_ layer: ClosedRange<Int>, of file: ModelFile) -> Box {
    let operators = layer.map { file.graph.nodes[$0].operator.name }.joined(separator: " + ")
    let name = file.layerNames[layer.lowerBound]
    let parameters = layer.reduce(0) { $0 + file.parameters(ofNode: $1) }
    let settings = layer.map { file.settings(ofNode: $0) }
    let parts = (settings + [parameters > 0 ? "\(grouped(parameters)) parameters" : ""]).filter {
      !$0.isEmpty
    }
    return Box(
      title: name == file.graph.nodes[layer.lowerBound].operator.name ? operators : "\(name): \(operators)",
      detail: parts.joined(separator: ", "), hasWeights: parameters > 0,
      values: (layer.lowerBound + 1)...(layer.upperBound + 1),
      outputs: file.outputNames(of: layer.upperBound + 1))
  }
}

extension ModelFile {
  /// Which outputs a value is given for, where the file says so.
  fileprivate func outputNames(of value: Int) -> String {
    guard features.contains(.outputs) else { return "" }
    return outputs.filter { $0.values.contains(value) }.map { "\($0.name) (\($0.kind.name))" }
      .joined(separator: ", ")
  }

  /// The nodes, each with the normalisations and activations right behind it, if nothing else takes what is between them.
  fileprivate var layers: [ClosedRange<Int>] {
    var uses = [Int](repeating: 0, count: graph.nodes.count + 1)
    for node in graph.nodes { for input in node.inputs { uses[input] += 1 } }
    for output in outputs { for value in output.values { uses[value] += 1 } }
    let following = ["batch_norm", "relu", "clip", "hard_swish", "silu", "sigmoid", "prelu"]
    var layers: [ClosedRange<Int>] = []
    for (index, node) in graph.nodes.enumerated() {
      if let last = layers.last, following.contains(node.operator.name), node.inputs == [index],
        uses[index] == 1
      {
        layers[layers.count - 1] = last.lowerBound...index
      } else {
        layers.append(index...index)
      }
    }
    return layers
  }
}

/// The graph in the language of Graphviz; edges carry the shapes.
func dotDrawing(of file: ModelFile) -> String {
  var lines = [
    "digraph \(file.name.dot) {",
    "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=sans];",
    "  edge [fontname=sans, fontsize=10];",
  ]
  let boxes = Boxes(of: file)
  for box in boxes.list {
    let label = [box.title, box.detail].filter { !$0.isEmpty }.joined(separator: "\n").dot
    lines.append("  v\(box.value) [label=\(label)\(box.hasWeights ? ", fillcolor=lightblue" : "")];")
  }
  for edge in boxes.edges {
    let (from, to) = (boxes.list[edge.from].value, boxes.list[edge.to].value)
    lines.append("  v\(from) -> v\(to) [label=\(file.facts.shapes[from].description.dot)];")
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
  let boxes = Boxes(of: file)
  let (width, height, step, left, top) = (520, 40, 64, 20, 56)
  let arcs = skips(of: boxes.edges)
  let lanes = (arcs.map { $0.lane }.max() ?? -1) + 1
  let size = (width: left + width + 20 + 24 * lanes + 40, height: top + step * boxes.list.count + 20)
  func y(_ place: Int) -> Int { top + step * place }
  var lines = [
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size.width) \(size.height)\" width=\"\(size.width)\" height=\"\(size.height)\" font-family=\"sans-serif\" font-size=\"13\">",
    "<title>\(file.name.xml)</title>", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
    "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#555\"/></marker></defs>",
    "<text x=\"\(left)\" y=\"24\" font-size=\"16\" font-weight=\"bold\">\(file.name.xml)</text>",
    "<text x=\"\(left)\" y=\"42\" fill=\"#555\">\(grouped(file.parameterCount)) parameters, \(grouped(file.totalMultiplyAdds)) multiply-adds</text>",
  ]
  for (place, box) in boxes.list.enumerated() {
    let stroke = box.outputs.isEmpty ? "#777\"" : "#b36b00\" stroke-width=\"2\""
    let fill = place == 0 ? "#f4f4f4" : box.hasWeights ? "#dcebfa" : "white"
    lines.append(
      "<rect x=\"\(left)\" y=\"\(y(place))\" width=\"\(width)\" height=\"\(height)\" rx=\"6\" fill=\"\(fill)\" stroke=\"\(stroke)/>"
    )
    let middle = box.detail.isEmpty ? 24 : 17
    lines.append(
      "<text x=\"\(left + 10)\" y=\"\(y(place) + middle)\">\(shortened(box.title, 60).xml)</text>")
    lines.append(
      "<text x=\"\(left + 10)\" y=\"\(y(place) + 32)\" font-size=\"11\" fill=\"#555\">\(shortened(box.detail, 80).xml)</text>"
    )
    lines.append(
      "<text x=\"\(left + width - 10)\" y=\"\(y(place) + middle)\" text-anchor=\"end\" fill=\"#333\">\(file.facts.shapes[box.value].description)</text>"
    )
    if !box.outputs.isEmpty {
      lines.append(
        "<text x=\"\(left + width - 10)\" y=\"\(y(place) + 32)\" text-anchor=\"end\" font-size=\"11\" fill=\"#b36b00\">\(shortened(box.outputs, 40).xml)</text>"
      )
    }
  }
  for edge in boxes.edges where edge.to == edge.from + 1 {
    lines.append(
      "<path d=\"M\(left + width / 2) \(y(edge.from) + height)V\(y(edge.to))\" stroke=\"#555\" marker-end=\"url(#tip)\"/>"
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
    "<text x=\"\(left)\" y=\"\(y(boxes.list.count))\" fill=\"#555\">\(shortened(file.labels.names.isEmpty ? "no labels" : "labels: " + file.shownLabels.joined(separator: ", "), 66).xml)</text>"
  )
  return (lines + ["</svg>"]).joined(separator: "\n")
}

/// The edges that skip boxes, each in the innermost lane that is free all along it.
private func skips(of edges: [(from: Int, to: Int)]) -> [(from: Int, to: Int, lane: Int)] {
  var ends: [Int] = []
  var arcs: [(from: Int, to: Int, lane: Int)] = []
  for edge in edges.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) where edge.to > edge.from + 1 {
    let lane = ends.firstIndex { $0 <= edge.from } ?? ends.count
    if lane == ends.count { ends.append(edge.to) } else { ends[lane] = edge.to }
    arcs.append((edge.from, edge.to, lane))
  }
  return arcs
}

private func shortened(_ text: String, _ limit: Int) -> String {
  text.count <= limit ? text : text.prefix(limit - 1) + "…"
}
