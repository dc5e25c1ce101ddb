// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CFerm
internal import FermFormat

/// How many entries of metadata a model has; 0 for a NULL model.
@c @implementation
public func ferm_model_metadata_count(_ model: OpaquePointer?) -> Int {
  unsafe ModelHandle.of(model)?.metadata.keys.count ?? 0
}

/// Says what an entry is.
@c @implementation
public func ferm_model_metadata(
  _ model: OpaquePointer?, _ index: Int, _ entry: UnsafeMutablePointer<ferm_metadata>?
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  let metadata = model.metadata
  guard metadata.kinds.indices.contains(index) else {
    return refused(FERM_ARGUMENT, "The model has no metadata of that number.")
  }
  return unsafe fill(entry, ferm_metadata()) { known in
    unsafe known.key = metadata.keys[index]
    unsafe known.text = metadata.texts[index]
    unsafe known.kind = metadata.kinds[index]
  }
}

/// The text of the first entry under a key, or NULL.
@c @implementation
public func ferm_model_metadata_text(
  _ model: OpaquePointer?, _ key: UnsafePointer<CChar>?
) -> UnsafePointer<CChar>? {
  guard let metadata = unsafe ModelHandle.of(model)?.metadata, let key = unsafe key,
    let index = unsafe metadata.keys.firstIndex(of: key)
  else { return nil }
  return unsafe metadata.texts[index]
}

/// The file's SHA-256, or NULL for a NULL model.
@c @implementation
public func ferm_model_digest(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  unsafe ModelHandle.of(model)?.digest[0]
}

/// What logits are divided by; 0 for a NULL model.
@c @implementation
public func ferm_model_temperature(_ model: OpaquePointer?) -> Double {
  unsafe ModelHandle.of(model).map { Double($0.plan.labels.temperature) } ?? 0
}

/// The probabilities that go with rows of logits.
@c @implementation
public func ferm_model_probabilities(
  _ model: OpaquePointer?, _ logits: UnsafePointer<Float>?, _ count: Int,
  _ probabilities: UnsafeMutablePointer<Float>?, _ capacity: Int
) -> ferm_status {
  guard let model = unsafe ModelHandle.of(model) else { return refused(FERM_ARGUMENT, "model is NULL.") }
  let plan = model.plan
  if let refusal = plan.refusal(of: count, capacity) { return refusal }
  if count == 0 { return ferm_status(FERM_OK) }
  guard let logits = unsafe logits else { return refused(FERM_ARGUMENT, "logits is NULL.") }
  guard let probabilities = unsafe probabilities else {
    return refused(FERM_ARGUMENT, "probabilities is NULL.")
  }
  var firstFault: Int?
  for row in 0..<count {
    // SAFETY: the caller lends as many rows of both.
    let result = unsafe probabilities + row * plan.classes
    unsafe softmax(
      UnsafeBufferPointer(start: logits + row * plan.classes, count: plan.classes),
      temperature: plan.labels.temperature, into: result)
    if unsafe result[0].isNaN { firstFault = firstFault ?? row }
  }
  guard let firstFault else { return ferm_status(FERM_OK) }
  return status { () throws(FormatError) in
    throw FormatError(.notFinite, "Row \(firstFault) of the logits has NaN or infinity.")
  }
}

/// Two digits for each byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
