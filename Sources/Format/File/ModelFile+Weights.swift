extension ModelFile {
  /// Reads and decodes all weights; each tensor's checksum and exact size are checked.
  ///
  /// The file may go when this returns. Cost: one pass over the file, one block of 256 KB beside the weights.
  public func loadModel() throws(FormatError) -> Model {
    var weights: [Model.Weight] = []
    var place = try dataChunk().payload
    for tensor in tensors {
      try checkGap(from: place, to: place.aligned)
      place = place.aligned
      let data = try AlignedBytes(count: tensor.info.byteCount)
      try TensorReader(source: source, tensor: tensor, place: place).decode(into: data)
      weights.append(Model.Weight(info: tensor.info, data: data))
      place += UInt64(tensor.storedBytes)
    }
    let chunk = try dataChunk()
    try checkGap(from: place, to: chunk.trailer)
    return Model(
      name: name, preprocessing: preprocessing, labels: labels, graph: graph, tensors: weights,
      provenance: provenance)
  }

  /// Checks every byte: all checksums, all weights, and the digest of the whole file.
  public func verify() throws(FormatError) {
    _ = try loadModel()
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

  private func dataChunk() throws(FormatError) -> Chunk {
    guard let chunk = chunks.first(where: { $0.type == .data }) else {
      throw FormatError(.structure, "The chunk TDAT is missing.")
    }
    return chunk
  }

  private func checkGap(from start: UInt64, to end: UInt64) throws(FormatError) {
    for (i, byte) in try source.bytes(at: start, Int(end - start)).enumerated() where byte != 0 {
      throw FormatError(.structure, at: start + UInt64(i), "A padding byte is not zero.")
    }
  }
}
