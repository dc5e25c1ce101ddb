extension ModelFile {
  /// Reads and decodes all weights; each tensor's checksum and exact size are checked.
  ///
  /// The file may go when this returns. Cost: one pass over the file, one block of 256 KB beside the weights.
  public func loadModel() throws(FormatError) -> Model {
    var weights: [Model.Weight] = []
    for index in tensors.indices { weights.append(try loadTensor(index)) }
    return Model(
      name: name, preprocessing: preprocessing, labels: labels, graph: graph, tensors: weights,
      outputs: outputs, provenance: provenance, selfTests: selfTests, cropRules: cropRules,
      notes: notes)
  }

  /// The first fault of the weights in the order of the specification (7.1), for readers that met one in another order.
  public func firstWeightFault(met fault: FormatError) -> FormatError {
    // Where memory is short there is none to look further with.
    if fault.code == .memory { return fault }
    for index in tensors.indices {
      do throws(FormatError) { _ = try loadTensor(index) } catch { return error }
    }
    return fault
  }

  /// Checks every byte: all checksums, those of chunks that loading skips too, all weights, and the digest of the file.
  public func verify() throws(FormatError) {
    _ = try loadModel()
    for chunk in chunks where chunk.type != .data { try checkWhole(chunk) }
    guard let end = chunks.last else { return }
    var hash = SHA256()
    var place: UInt64 = 0
    while place < end.start {
      let piece = try source.bytes(at: place, Int(min(1 << 20, end.start - place)))
      hash.add(piece)
      place += UInt64(piece.count)
    }
    guard hash.digest().elementsEqual(statedDigest) else {
      throw FormatError(
        .checksum, at: end.payload + 8,
        "The SHA-256 of the file does not match; the file is damaged, copy it again.")
    }
  }

  /// Checks a chunk's padding and trailer without holding its payload.
  func checkWhole(_ chunk: Chunk) throws(FormatError) {
    var sum = CRC32()
    var place = chunk.start
    while place < chunk.trailer {
      let piece = try source.bytes(at: place, Int(min(1 << 20, chunk.trailer - place)))
      sum.add(piece)
      place += UInt64(piece.count)
    }
    try chunk.checkTrailer(try source.reader(at: chunk.trailer, 8), sum)
    try checkGap(from: chunk.payload + UInt64(chunk.length), to: chunk.trailer)
  }

  func checkGap(from start: UInt64, to end: UInt64) throws(FormatError) {
    for (i, byte) in try source.bytes(at: start, Int(end - start)).enumerated() where byte != 0 {
      throw FormatError(.structure, at: start + UInt64(i), "A padding byte is not zero.")
    }
  }
}
