import FermFormat
import FermToolSupport

/// Everything in the file but the weights' elements, without loss.
func jsonDump(of file: ModelFile) -> JSONValue {
  .members(
    (
      "format",
      .members(
        ("version", .string("\(file.version.major).\(file.version.minor)")),
        ("bytes", .int(Int(file.size))), ("sha256", .string(hex(file.statedDigest))))
    ), ("chunks", .array(file.parts.map { dump($0) })),
    ("name", .string(file.name)),
    ("preprocessing", dump(file.preprocessing)),
    (
      "labels",
      .members(
        ("names", .array(file.labels.names.map { .string($0) })),
        ("temperature", .float(file.labels.temperature)))
    ),
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
    ))
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
  return .members(
    ("operator", .string(node.operator.name)), ("inputs", .array(node.inputs.map { .int($0) })),
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
