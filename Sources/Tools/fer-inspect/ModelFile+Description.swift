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

  var totalMultiplyAdds: Int64 { facts.multiplyAdds.reduce(0, +) }

  /// The attributes of a node that are not tensors, without those that say "nothing special".
  func settings(ofNode index: Int) -> String {
    var parts: [String] = []
    for (name, value) in graph.nodes[index].attributes {
      switch value {
      case .integer(let number):
        let usual = name.hasPrefix("pad_") ? 0 : name.hasPrefix("stride_") || name == "groups" ? 1 : -1
        if number != usual { parts.append("\(name) \(number)") }
      case .real(let number): parts.append("\(name) \(number)")
      case .tensor: break
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

  /// The data set of a validation split; only FER2013 has splits of these names.
  var dataset: String {
    if let name = text("validation.dataset") ?? text("train.dataset") { return name }
    return ["public", "private"].contains(text("validation.split")) ? "FER2013" : "not named in the file"
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
