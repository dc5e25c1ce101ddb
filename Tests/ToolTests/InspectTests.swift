import FermFormat
import Foundation
import FoundationXML
import TestSupport
import Testing

/// The views of fer-inspect, as users see them.
extension ToolTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// A small model with two paths, on disk.
  private func smallModel(_ change: (inout Model) -> Void = { _ in }) throws -> String {
    var model = try Support.tinyModel().model
    change(&model)
    let path = try Support.temporaryFolder() + "/small.ferm"
    try model.write(to: path, packing: .smallest)
    return path
  }

  @Test("the hexdump's fields cover the file byte by byte, and name what they hold")
  func hexdump() throws {
    let path = try smallModel()
    let dump = try run("fer-inspect", path, "--hexdump")
    #expect(dump.status == 0)
    var bytes: [UInt8] = []
    var isWhole = true
    for line in dump.lines {
      if line.hasPrefix("          ...") {
        let count = line.split(separator: " ")[1].replacing(",", with: "")
        bytes += [UInt8](repeating: 0, count: try #require(Int(count)))
        isWhole = false
        continue
      }
      #expect(Int(line.prefix(8), radix: 16) == bytes.count)
      for digits in line.dropFirst(10).prefix(47).split(separator: " ") {
        bytes.append(try #require(UInt8(digits, radix: 16)))
      }
    }
    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.count == file.count && !isWhole)
    #expect(bytes.prefix(600).elementsEqual(file.prefix(600)))
    for words in ["---- GRPH", "operator 1, convolution", "label 1: maybe", "key train.seed", "value 7"] {
      #expect(dump.out.contains(words), "\(words)")
    }
    // Every known chunk is taken apart to its last byte.
    #expect(!dump.out.contains("not looked into"))
  }

  @Test("the digest is the same for every packing, and another for other weights")
  func digest() throws {
    let folder = try Support.temporaryFolder()
    var model = try Support.tinyModel().model
    for (name, packing) in [("a", Packing.stored), ("b", .fast), ("c", .smallest)] {
      try model.write(to: "\(folder)/\(name).ferm", packing: packing)
    }
    model.provenance["note"] = .string("another note")
    try model.write(to: "\(folder)/d.ferm")
    model.labels.names[0] = "never"
    try model.write(to: "\(folder)/e.ferm")
    let digests = try ["a", "b", "c", "d", "e"].map {
      try run("fer-inspect", "\(folder)/\($0).ferm", "--digest").out
    }
    #expect(digests[0].count == 65 && Set(digests[..<4]).count == 1 && digests[4] != digests[0])
    #expect(try run("fer-inspect", "\(folder)/a.ferm", "--diff", "\(folder)/c.ferm").status == 0)
  }

  @Test("a difference is named, counted and ends in status 1")
  func difference() throws {
    let old = try smallModel()
    let new = try smallModel { model in
      model.labels.temperature = 2
      model.provenance["train.seed"] = .integer(8)
      model.graph.nodes.insert(Node(.relu(ReLU()), inputs: [1]), at: 1)
      for index in model.graph.nodes.indices.dropFirst(2) {
        model.graph.nodes[index].inputs = model.graph.nodes[index].inputs.map { $0 + 1 }
      }
      let weight = model.tensors[0]
      var floats = weight.floats()
      floats[0] += 1
      if let changed = try? Model.Weight(name: weight.info.name, shape: weight.info.shape, floats: floats) {
        model.tensors[0] = changed
      }
    }
    let outcome = try run("fer-inspect", new, "--diff", old)
    #expect(outcome.status == 1 && outcome.err.isEmpty)
    for words in [
      "labels.temperature: 1.0 -> 2.0", "provenance.train.seed: 7 -> 8", "graph: + node 2: relu of -1 ()",
      "1 of 4 elements differ by up to 1.000",
    ] { #expect(outcome.out.contains(words), "\(outcome.out)") }
    #expect(!outcome.out.contains("graph: -"))
  }

  @Test("statistics are those of the elements")
  func tensors() throws {
    let path = try smallModel()
    let outcome = try run("fer-inspect", path, "--tensors", "--json")
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [[String: Any]])
    let model = try ModelFile(path: path).loadModel()
    #expect(list.count == model.tensors.count)
    for (entry, tensor) in zip(list, model.tensors) {
      let values = tensor.floats().map { Double($0) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(entry["name"] as? String == tensor.info.name)
      // Foundation reads the last digit of a number inexactly.
      #expect(abs((entry["smallest"] as? Double ?? 9) - (values.min() ?? 0)) < 1e-12)
      #expect(abs((entry["largest"] as? Double ?? 9) - (values.max() ?? 0)) < 1e-12)
      #expect(abs((entry["mean"] as? Double ?? 9) - mean) < 1e-9)
      #expect(abs((entry["deviation"] as? Double ?? 9) - variance.squareRoot()) < 1e-9)
    }
    #expect(try run("fer-inspect", path, "--tensors").lines.count == list.count + 1)
  }

  @Test("the card opens with a model-index, and keeps a file's text from becoming markup")
  func card() throws {
    let path = try smallModel { model in
      model.provenance["validation.accuracy"] = .real(0.625)
      model.provenance["validation.split"] = .string("public")
      model.provenance["note"] = .string("a | b\n<script>\u{1B}[2J")
    }
    let card = try run("fer-inspect", path, "--card")
    #expect(card.status == 0 && card.lines.first == "---")
    for words in [
      "model-index:", "- name: \"tiny\"", "type: accuracy", "value: 0.625", "name: \"FER2013\"",
      "split: \"public\"", "62.50 % top-1", "a \\| b\\\\n", "\\<script\\>",
    ] { #expect(card.out.contains(words), "\(words)") }
    #expect(!card.out.contains("\u{1B}"))
    #expect(!(try run("fer-inspect", path).out.contains("\u{1B}")))
  }

  @Test(
    "the card names the data set of the splits that measured, also where none validated",
    arguments: [("public", "FER2013"), ("private-unseen", "FER2013"), ("val", "not named in the file")])
  func cardOfWhatMeasured(split: String, dataset: String) throws {
    let path = try smallModel { model in
      model.provenance["validation.split"] = .string("none")
      model.provenance["eval.\(split).none.accuracy"] = .real(0.5)
    }
    let card = try run("fer-inspect", path, "--card")
    #expect(card.out.contains("name: \"\(dataset)\"") && card.out.contains("data set: \(dataset)."))
  }

  @Test("the drawings hold every layer, its norm and activation in its box, and every edge between boxes")
  func drawings() throws {
    let path = try smallModel()
    let nodes = try ModelFile(path: path).graph.nodes
    let uses = nodes.flatMap { $0.inputs }
    var boxes = [[0]]
    for (index, node) in nodes.enumerated() {
      let isBehind = index > 0 && node.inputs == [index] && uses.count { $0 == index } == 1
      if isBehind, ["batch_norm", "relu"].contains(node.operator.name) {
        boxes[boxes.count - 1].append(index + 1)
      } else {
        boxes.append([index + 1])
      }
    }
    #expect(boxes.contains { $0.count == 3 })
    // What leaves a box is the last of its values.
    let leaving = boxes.reduce(into: [Int: Int]()) { for value in $1 { $0[value] = $1.last } }
    let dot = try run("fer-inspect", path, "--dot")
    for box in boxes.dropFirst() {
      let names = box.map { nodes[$0 - 1].operator.name }.joined(separator: " + ")
      #expect(dot.lines.contains { $0.contains("v\(box.last ?? 0) [label=") && $0.contains(names) })
    }
    var edges: Set<String> = []
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where leaving[input] != leaving[index + 1] {
        edges.insert("v\(leaving[input] ?? 0) -> v\(leaving[index + 1] ?? 0) ")
      }
    }
    for edge in edges { #expect(dot.out.contains(edge)) }
    let svg = try run("fer-inspect", path, "--svg")
    let document = try XMLDocument(xmlString: svg.out)
    #expect(try document.nodes(forXPath: "//*[local-name()='rect']").count == boxes.count + 1)
    #expect(try document.nodes(forXPath: "//*[local-name()='path'][@marker-end]").count == edges.count)
  }

  @Test("every view shows every operator of the format, and the dumps every attribute")
  func everyOperator() throws {
    let path = try Support.temporaryFolder() + "/every.ferm"
    try EveryOperator().model().write(to: path)
    let nodes = try ModelFile(path: path).graph.nodes
    for view in ["", "--json", "--hexdump", "--dot", "--svg"] {
      let shown = try view.isEmpty ? run("fer-inspect", path) : run("fer-inspect", path, view)
      #expect(shown.status == 0)
      for `operator` in Operator.all {
        #expect(shown.out.contains(`operator`.name), "\(`operator`.name) in \(view)")
      }
    }
    let dumped = try #require(
      try json(try run("fer-inspect", path, "--json").out)["graph"] as? [[String: Any]])
    let hexdump = try run("fer-inspect", path, "--hexdump").out
    for (node, members) in zip(nodes, dumped) {
      let attributes = try #require(members["attributes"] as? [String: Any])
      #expect(Set(attributes.keys) == Set(node.operator.attributes.map { $0.name }))
      for (name, _) in node.operator.attributes { #expect(hexdump.contains(name), "\(name)") }
    }
  }

  @Test("the dump holds all chunks, and views that do not go together are refused")
  func dump() throws {
    let path = try smallModel()
    let object = try json(try run("fer-inspect", path, "--json").out)
    let chunks = try #require(object["chunks"] as? [[String: Any]])
    #expect(
      chunks.compactMap { $0["type"] as? String }.joined(separator: " ")
        == "HEAD PREP LABL GRPH TIDX TDAT pROV FEND")
    #expect(try run("fer-inspect", path, "--json", "--card").status == 2)
    #expect(try run("fer-inspect", path, "--diff", path + "x").status == 3)
    let file = path + ".json"
    #expect(try run("fer-inspect", path, "--json", "-o", file).out.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("{"))
  }
}
