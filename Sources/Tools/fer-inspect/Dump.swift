import FermFormat
import FermToolSupport

/// Everything in the file but the weights' elements, without loss.
///
/// Keys that came with 1.1 stand only where a file has what they tell of.
func jsonDump(of file: ModelFile) -> JSONValue {
  present(
    (
      "format",
      present(
        ("version", .string("\(file.version.major).\(file.version.minor)")),
        ("bytes", .int(Int(file.size))), ("sha256", .string(hex(file.statedDigest))),
        ("features", list(file.features.names.map { .string($0) })))
    ), ("chunks", .array(file.parts.map { dump($0) })),
    ("name", .string(file.name)),
    ("preprocessing", dump(file.preprocessing)),
    (
      "labels",
      .members(
        ("names", .array(file.labels.names.map { .string($0) })),
        ("temperature", .float(file.labels.temperature)))
    ),
    ("outputs", file.features.contains(.outputs) ? .array(file.outputs.map { dump($0) }) : nil),
    ("graph", .array(file.graph.nodes.indices.map { dump(file, node: $0) })),
    ("tensors", .array(file.tensors.map { dump($0) })),
    ("parameters", .int(file.parameterCount)),
    ("multiply_adds", .int(Int(file.totalMultiplyAdds))),
    ("peak_bytes", .int(file.facts.peakBytes)),
    ("provenance", .object(file.provenance.entries.map { .init($0.key, dump($0.value)) })),
    ("self_tests", .array(file.selfTests.map { dump($0) })),
    (
      "notes",
      .array(file.notes.map { .members(("name", .string($0.name)), ("text", .string($0.text))) })
    ), ("crop_rules", list(file.cropRules.map { dump($0) })))
}

/// An object of those members that are there.
private func present(_ pairs: (String, JSONValue?)...) -> JSONValue {
  .object(pairs.compactMap { key, value in value.map { .init(key, $0) } })
}

/// An array; nil for an empty one.
private func list(_ values: [JSONValue]) -> JSONValue? { values.isEmpty ? nil : .array(values) }

private func dump(_ output: ModelOutput) -> JSONValue {
  guard case .detection(let detection) = output.kind else {
    return .members(
      ("name", .string(output.name)), ("kind", .string(output.kind.name)),
      ("values", .array(output.values.map { .int($0) })))
  }
  let levels = detection.levels.map { level in
    JSONValue.members(
      ("scores", .int(level.scores)), ("boxes", .int(level.boxes)),
      ("anchors", .array(level.anchors.map { .array([.float($0.width), .float($0.height)]) })))
  }
  return .members(
    ("name", .string(output.name)), ("kind", .string(output.kind.name)), ("coding", .string("linear")),
    ("key_points", .int(detection.keyPoints)), ("levels", .array(levels)))
}

private func dump(_ rule: CropRule) -> JSONValue {
  .members(
    ("detector", .string(rule.detector)), ("side", .float(rule.side)), ("right", .float(rule.right)),
    ("down", .float(rule.down)), ("level", .bool(rule.isLevel)))
}

private func dump(_ part: ModelFile.Part) -> JSONValue {
  .members(
    ("type", .string(part.type)), ("offset", .int(Int(part.offset))), ("length", .int(part.length)))
}

private func dump(_ recipe: Preprocessing) -> JSONValue {
  .members(
    ("colour", .string(recipe.colour == .grey ? "grey" : "rgb")),
    ("fit", .string(recipe.fit == .crop ? "crop" : recipe.fit == .pad ? "pad" : "stretch")),
    ("resized", .array([.int(recipe.resized.height), .int(recipe.resized.width)])),
    ("cropped", .array([.int(recipe.cropped.height), .int(recipe.cropped.width)])),
    ("scale", .array(recipe.scale.map { .float($0) })), ("offset", .array(recipe.offset.map { .float($0) })))
}

private func dump(_ file: ModelFile, node index: Int) -> JSONValue {
  let node = file.graph.nodes[index]
  return present(
    ("operator", .string(node.operator.name)),
    ("version", node.version > 1 ? .int(Int(node.version)) : nil),
    ("inputs", .array(node.inputs.map { .int($0) })),
    ("attributes", .object(node.attributes.map { .init($0.name, dump($0.value, file)) })),
    ("output", .array(file.facts.shapes[index + 1].dimensions.map { .int($0) })),
    ("multiply_adds", .int(Int(file.facts.multiplyAdds[index]))))
}

private func dump(_ value: AttributeValue, _ file: ModelFile) -> JSONValue {
  switch value {
  case .integer(let value): .int(value)
  case .real(let value): .float(value)
  case .tensor(let index): index.map { .string(file.tensors[$0].info.name) } ?? .null
  }
}

private func dump(_ tensor: StoredTensor) -> JSONValue {
  .members(
    ("name", .string(tensor.info.name)), ("type", .string(tensor.info.type.name)),
    ("shape", .array(tensor.info.shape.dimensions.map { .int($0) })), ("codec", .string(tensor.codec.name)),
    ("stored_bytes", .int(tensor.storedBytes)), ("crc32", .int(Int(tensor.checksum))))
}

private func dump(_ test: SelfTest) -> JSONValue {
  .members(
    ("height", .int(test.height)), ("width", .int(test.width)), ("channels", .int(test.channels)),
    ("pixels", .string(hex(test.pixels))), ("tolerance", .float(test.tolerance)),
    ("logits", .array(test.logits.map { .float($0) })))
}

/// A provenance value as JSON.
func dump(_ value: Provenance.Value) -> JSONValue {
  switch value {
  case .string(let text): .string(text)
  case .integer(let number): .int(Int(number))
  case .real(let number): .double(number)
  case .flag(let flag): .bool(flag)
  }
}
