import FermFiles
import FermFormat
import FermToolSupport

/// What several views of a file say in the same words.
extension ModelFile {
  /// The names of all nodes: `conv1a` for one whose weights are `conv1a.weight`, else the operator's name.
  var layerNames: [String] {
    graph.nodes.map { node in
      guard let first = node.operator.tensors.first else { return node.operator.name }
      let name = tensors[first.index].info.name
      return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }
  }

  /// The elements of the tensors that a node names.
  func parameters(ofNode index: Int) -> Int {
    graph.nodes[index].operator.tensors.reduce(0) { $0 + tensors[$1.index].info.shape.count }
  }

  /// Bytes of each node's record in the file.
  var nodeBytes: [Int] { zip(nodeOffsets, nodeOffsets.dropFirst()).map { Int($1 - $0) } }

  /// The operators of the graph, each in each of its versions once, in the order of their codes.
  var operatorKinds: [(code: UInt16, version: UInt8, name: String)] {
    let kinds = graph.nodes.map { (code: $0.operator.code, version: $0.version, name: $0.operator.name) }
      .sorted { ($0.code, $0.version) < ($1.code, $1.version) }
    return kinds.indices.filter {
      $0 == 0 || (kinds[$0].code, kinds[$0].version) != (kinds[$0 - 1].code, kinds[$0 - 1].version)
    }.map { kinds[$0] }
  }

  var totalMultiplyAdds: Int64 { facts.multiplyAdds.reduce(0, +) }

  /// The kernel of a convolution, and the attributes of a node that are not tensors, without those that say "nothing special".
  func settings(ofNode index: Int) -> String {
    var parts: [String] = []
    for (name, value) in graph.nodes[index].attributes {
      switch value {
      case .integer(let number):
        let isStep = ["stride_", "dilation_", "groups"].contains { name.hasPrefix($0) }
        let usual = name.hasPrefix("pad_") ? 0 : isStep ? 1 : -1
        if number != usual { parts.append("\(name) \(number)") }
      case .real(let number): parts.append("\(name) \(number)")
      case .tensor(let place):
        // A map's window, such as 3x3.
        guard name == "weight", let shape = place.map({ tensors[$0].info.shape }), shape.rank == 4 else {
          break
        }
        parts.append("\(shape[2])x\(shape[3])")
      }
    }
    return Self.joined(parts)
  }

  /// `stride_height 2, stride_width 2` as `stride 2`, and equal paddings as `pad 1`.
  private static func joined(_ parts: [String]) -> String {
    var parts = parts
    func merge(_ names: [String], as short: String) {
      let found = parts.filter { part in names.contains { part.hasPrefix($0 + " ") } }
      let values = Set(found.map { $0.split(separator: " ")[1] })
      guard found.count == names.count, values.count == 1, let value = values.first,
        let place = parts.firstIndex(of: found[0])
      else { return }
      parts[place] = short.isEmpty ? "\(value)x\(value)" : "\(short) \(value)"
      parts.removeAll { found.dropFirst().contains($0) }
    }
    merge(["window_height", "window_width"], as: "window")
    merge(["stride_height", "stride_width"], as: "stride")
    merge(["dilation_height", "dilation_width"], as: "dilation")
    merge(["scale_height", "scale_width"], as: "scale")
    merge(["pad_top", "pad_left", "pad_bottom", "pad_right"], as: "pad")
    merge(["height", "width"], as: "")
    return parts.joined(separator: ", ")
  }

  /// What the weights are stored as: `fp32 180,855`.
  var elementTypes: String {
    ElementType.allCases.compactMap { type in
      let count = tensors.filter { $0.info.type == type }.reduce(0) { $0 + $1.info.shape.count }
      return count > 0 ? "\(type.name) \(grouped(count))" : nil
    }.joined(separator: ", ")
  }

  /// What a reader must know of the format.
  var needs: String { features.isEmpty ? "version 1.0" : features.names.joined(separator: ", ") }

  /// The classes for people, no more of them than a page can show.
  var shownLabels: [String] {
    let names = labels.names
    guard names.count > Limits.plainLabels else { return names }
    return names.prefix(20) + ["... \(grouped(names.count - 20)) more; --json shows all"]
  }

  /// An output in words, and then each level of a detection.
  ///
  /// - Parameter place: which node makes a value.
  func words(for output: ModelOutput, place: (Int) -> String) -> [String] {
    func vector(_ what: String, _ value: Int) -> [String] {
      ["\(what), \(counted(facts.shapes[value].count, "number")) of \(place(value))"]
    }
    switch output.kind {
    case .scores(let value): return vector("class scores", value)
    case .embedding(let value): return vector("embedding", value)
    case .detection(let detection):
      let levels = detection.levels.map { level in
        let map = facts.shapes[level.scores]
        let sides = level.anchors.map { "\($0.width)x\($0.height)" }
        let anchors =
          Set(sides).count == 1
          ? "\(counted(sides.count, "anchor")) of \(sides[0])" : "anchors \(sides.joined(separator: " "))"
        return
          "level \(map[1])x\(map[2]), \(anchors): scores of \(place(level.scores)), boxes of \(place(level.boxes))"
      }
      let boxes = detection.levels.reduce(0) { $0 + facts.shapes[$1.scores].count }
      return [
        "detection, \(counted(boxes, "box", "boxes")) with \(counted(detection.keyPoints, "key point")) each"
      ] + levels
    }
  }

  /// How the tensors are packed: `shuffle+zlib 30, stored 22`.
  var codecs: String {
    Codec.allCases.compactMap { codec in
      let count = tensors.count { $0.codec == codec }
      return count > 0 ? "\(codec.name) \(count)" : nil
    }.joined(separator: ", ")
  }

  /// The types of the tensors that a node names.
  func elementTypes(ofNode index: Int) -> String {
    let used = Set(graph.nodes[index].operator.tensors.map { tensors[$0.index].info.type })
    return ElementType.allCases.filter { used.contains($0) }.map { $0.name }.joined(separator: " ")
  }

  /// The recipe in words.
  var recipe: String {
    let recipe = preprocessing
    let colour =
      recipe.colour == .rgb ? "RGB" : recipe.scale.count == 3 ? "grey, three times the same" : "grey"
    let fit =
      switch recipe.fit {
      case .crop: "the longer side cut evenly"
      case .pad: "the shorter side padded with black"
      case .stretch: "proportions as they come"
      }
    var steps = ["\(colour); \(fit); resized to \(recipe.resized.height) x \(recipe.resized.width)"]
    if recipe.cropped != recipe.resized {
      steps.append("the centre \(recipe.cropped.height) x \(recipe.cropped.width)")
    }
    let same = Set(recipe.scale).count <= 1 && Set(recipe.offset).count <= 1
    let factors = zip(recipe.scale, recipe.offset).map { scale, offset in
      offset == 0 ? "\(scale)" : "\(scale) \(offset < 0 ? "-" : "+") \(offset.magnitude)"
    }
    steps.append("pixel * " + (same ? Array(factors.prefix(1)) : factors).joined(separator: ", "))
    return steps.joined(separator: "; ")
  }

  // MARK: - Provenance

  func text(_ key: String) -> String? { provenance[key]?.text }
  func number(_ key: String) -> Double? { provenance[key]?.number }

  /// The data set of the splits that validated or measured; only FER2013 has splits of these names.
  var dataset: String {
    if let name = text("validation.dataset") ?? text("train.dataset") { return name }
    let splits = [text("validation.split") ?? ""] + EvaluationRecord.all(in: self).map(\.split)
    let ofFER2013 = ["public", "private", "public-unseen", "private-unseen"]
    return splits.contains(where: ofFER2013.contains) ? "FER2013" : "not named in the file"
  }

  /// How good the model is, in one line; nil when the file does not say.
  var accuracy: String? {
    guard let accuracy = number("validation.accuracy") else { return nil }
    var line = "\(percent(accuracy, digits: 2)) top-1"
    if let low = number("validation.interval95.low"), let high = number("validation.interval95.high") {
      line += " (95 % interval \(decimal(100 * low, digits: 2)) to \(decimal(100 * high, digits: 2)))"
    }
    if let split = text("validation.split") { line += ", split \(split)" }
    if let faces = text("validation.faces") { line += ", \(faces) faces" }
    if let crops = text("validation.crops") { line += ", \(crops)" }
    return line
  }
}

/// A number of things, in words.
private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? one : many ?? one + "s")"
}

extension CropRule {
  /// The rule in words.
  var words: String {
    func moved(_ distance: Float, _ there: String, _ back: String) -> String? {
      distance == 0 ? nil : "\(distance > 0 ? there : back) by \(distance.magnitude)"
    }
    let moves = [moved(right, "right", "left"), moved(down, "down", "up")].compactMap { $0 }
    return
      (["a square of \(side) times the box"]
      + (moves.isEmpty ? [] : ["moved \(moves.joined(separator: " and ")) of its side"])
      + (isLevel ? ["turned to level eyes"] : [])).joined(separator: ", ")
  }
}

extension Provenance.Value {
  /// The value for people.
  var text: String {
    switch self {
    case .string(let text): text.printable
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .flag(let flag): flag ? "yes" : "no"
    }
  }

  /// The value where it is a number.
  var number: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    case .string, .flag: nil
    }
  }
}
