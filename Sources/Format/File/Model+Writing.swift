extension Model {
  /// Writes the model to `path`, whole or not at all: a reader sees the old file or the new one.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - packing: how hard it is tried to make the file small.
  ///   - trainingState: bytes of the trainer's own, which other readers skip; see ``ModelFile/trainingState()``.
  public func write(
    to path: String, packing: Packing = .fast, trainingState: [UInt8]? = nil
  ) throws(FormatError) {
    let sink = try FileSink(path: path)
    do throws(FormatError) {
      try ModelWriter(self, packing: packing, trainingState: trainingState).write {
        bytes throws(FormatError) in try sink.append(bytes)
      }
    } catch {
      sink.discard()
      throw error
    }
    try sink.commit()
  }

  /// The model as the bytes of a file.
  public func encoded(
    packing: Packing = .fast, trainingState: [UInt8]? = nil
  ) throws(FormatError) -> [UInt8] {
    var all: [UInt8] = []
    try ModelWriter(self, packing: packing, trainingState: trainingState).write {
      bytes throws(FormatError) in all += bytes
    }
    return all
  }
}

/// Lays a model out as chunks.
private struct ModelWriter {
  let model: Model
  let features: Features
  let packed: [PackedTensor]
  let trainingState: [UInt8]?
  /// Numbers of all outputs together.
  let outputElements: Int

  init(_ model: Model, packing: Packing, trainingState: [UInt8]?) throws(FormatError) {
    let facts = try model.validate()
    guard model.name.isName else { throw FormatError(.value, "The model's name must be a plain name.") }
    self.model = model
    features = model.features
    outputElements = facts.outputElements(model.outputs)
    var packed: [PackedTensor] = []
    for (i, weight) in model.tensors.enumerated() {
      guard weight.info.name.isName else {
        throw FormatError(.value, "The tensor name \(weight.info.name) must be a plain name.")
      }
      if i > 0, !model.tensors[i - 1].info.name.utf8.lexicographicallyPrecedes(weight.info.name.utf8) {
        throw FormatError(.value, "The tensor name \(weight.info.name) is repeated or out of order.")
      }
      try weight.validateElements(isVariance: facts.isVariance[i])
      packed.append(try PackedTensor(weight, packing: packing))
    }
    self.packed = packed
    self.trainingState = try trainingState.map { state throws(FormatError) in
      try packedTrainingState(state, packing: packing)
    }
  }

  func write(to append: ([UInt8]) throws(FormatError) -> Void) throws(FormatError) {
    var hash = SHA256()
    var written: UInt64 = 0
    func emit(_ bytes: [UInt8]) throws(FormatError) {
      try append(bytes)
      hash.add(bytes)
      written += UInt64(bytes.count)
    }
    try emit(header())
    try emit(framed(.head, head()))
    try emit(framed(.preprocessing, record(model.preprocessing.write)))
    try emit(framed(.labels, record(labels)))
    var graph = ByteWriter()
    let offsets = try model.graph.write(&graph)
    try emit(framed(.graph, graph.bytes))
    try emit(framed(.index, index()))
    try writeData(at: written, emit)
    if features.contains(.outputs) {
      try emit(
        framed(
          .outputs,
          record { writer throws(FormatError) in try ModelOutput.writeAll(model.outputs, &writer) }))
    }
    if features.contains(.operatorSet2) {
      let lengths = try NodeLengths(model.graph, version: { $0.operator.version }, offsets: offsets)
      try emit(framed(.nodeLengths, record(lengths.write)))
    }
    try writeAncillary(emit)
    guard written + 56 <= Limits.fileBytes else {
      throw FormatError(.limit, "The file would be larger than \(Limits.fileBytes) bytes.")
    }
    var end = ByteWriter()
    end.u64(written + 56)
    end.raw(hash.digest())
    try append(framed(.end, end.bytes))
  }

  private func writeAncillary(
    _ emit: ([UInt8]) throws(FormatError) -> Void
  ) throws(FormatError) {
    if !model.selfTests.isEmpty {
      try emit(
        framed(
          .selfTest,
          record { writer throws(FormatError) in
            try SelfTest.writeAll(model.selfTests, numbers: outputElements, &writer)
          }))
    }
    if !model.provenance.entries.isEmpty {
      try emit(framed(.provenance, record(model.provenance.write)))
    }
    if !model.cropRules.isEmpty {
      try emit(
        framed(
          .cropRules,
          record { writer throws(FormatError) in try CropRule.writeAll(model.cropRules, &writer) }))
    }
    guard model.notes.count <= Limits.notes else {
      throw FormatError(.limit, "There are more than \(Limits.notes) notes.")
    }
    for note in model.notes { try emit(framed(.note, record(note.write))) }
    if let trainingState { try emit(framed(.trainingState, trainingState)) }
  }

  private func header() -> [UInt8] {
    var writer = ByteWriter()
    writer.raw(Container.signature)
    writer.u8(Container.major)
    writer.u16(features.isEmpty ? 0 : Container.minor)
    writer.u32(features.rawValue)
    return writer.bytes
  }

  private func head() throws(FormatError) -> [UInt8] {
    var writer = ByteWriter()
    writer.u16(model.graph.operatorSet)
    writer.u16(0)
    try writer.string(model.name, limit: Limits.nameBytes, what: "The model's name")
    return writer.bytes
  }

  private func labels(_ writer: inout ByteWriter) throws(FormatError) {
    try model.labels.write(&writer, needed: model.outputs.contains { $0.isScores })
  }

  private func record(
    _ write: (inout ByteWriter) throws(FormatError) -> Void
  ) throws(FormatError) -> [UInt8] {
    var writer = ByteWriter()
    try write(&writer)
    return writer.bytes
  }

  private func index() throws(FormatError) -> [UInt8] {
    var writer = ByteWriter()
    writer.u16(UInt16(packed.count))
    for tensor in packed { try tensor.record.write(&writer) }
    return writer.bytes
  }

  /// Type, length, payload, zeros up to 8 bytes, checksum over all of that, and a zero.
  private func framed(_ type: ChunkType, _ payload: [UInt8]) throws(FormatError) -> [UInt8] {
    guard payload.count <= Limits.recordBytes || type == .trainingState else {
      throw FormatError(
        .limit,
        "The chunk \(type.name) would have \(payload.count) bytes; at most \(Limits.recordBytes) are allowed."
      )
    }
    var writer = ByteWriter()
    writer.u32(type.code)
    writer.u32(UInt32(payload.count))
    writer.raw(payload)
    writer.raw([UInt8](repeating: 0, count: (8 - payload.count % 8) % 8))
    var sum = CRC32()
    sum.add(writer.bytes)
    writer.u32(sum.value)
    writer.u32(0)
    return writer.bytes
  }

  /// The tensor data is written tensor by tensor; its checksum guards type and length only.
  private func writeData(
    at start: UInt64, _ emit: ([UInt8]) throws(FormatError) -> Void
  ) throws(FormatError) {
    var place = start + 8
    for tensor in packed { place = place.aligned + UInt64(tensor.bytes.count) }
    let length = place - (start + 8)
    guard start + length <= Limits.fileBytes else {
      throw FormatError(.limit, "The file would be larger than \(Limits.fileBytes) bytes.")
    }
    var opening = ByteWriter()
    opening.u32(ChunkType.data.code)
    opening.u32(UInt32(length))
    var sum = CRC32()
    sum.add(opening.bytes)
    try emit(opening.bytes)
    place = start + 8
    for tensor in packed {
      try emit([UInt8](repeating: 0, count: Int(place.aligned - place)))
      try emit(tensor.bytes)
      place = place.aligned + UInt64(tensor.bytes.count)
    }
    var closing = ByteWriter()
    closing.raw([UInt8](repeating: 0, count: Int((8 - length % 8) % 8)))
    closing.u32(sum.value)
    closing.u32(0)
    try emit(closing.bytes)
  }
}
