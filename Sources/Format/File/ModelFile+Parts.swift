extension ModelFile {
  /// A chunk's place in the file.
  public struct Part: Equatable, Sendable {
    /// The four letters of its type.
    public let type: String
    /// Where its type stands.
    public let offset: UInt64
    /// Bytes of its payload, which begins 8 bytes after `offset`.
    public let length: Int
    /// Zeros behind the payload, up to the next multiple of 8; 8 bytes of checksum and reserved field follow.
    public let padding: Int

    init(_ chunk: Chunk) {
      (type, offset) = (chunk.type.name, chunk.start)
      (length, padding) = (chunk.length, chunk.padding)
    }
  }

  /// The chunks in file order, the skipped ones among them.
  public var parts: [Part] { chunks.map { Part($0) } }

  /// Some of the file's bytes as they are.
  ///
  /// - Throws: `truncated` beyond the end of the file.
  public func bytes(at offset: UInt64, count: Int) throws(FormatError) -> [UInt8] {
    try source.bytes(at: offset, count)
  }

  /// Reads and decodes one tensor; the zeros around it, its checksum, its exact size and its elements are checked.
  public func loadTensor(_ index: Int) throws(FormatError) -> Model.Weight {
    try requireMemory(1 << 16)
    let (tensor, place) = (tensors[index], tensorOffsets[index])
    try checkGap(from: end(ofTensor: index - 1), to: place)
    let data = try AlignedBytes(count: tensor.info.byteCount)
    try TensorReader(source: source, tensor: tensor, isVariance: facts.isVariance[index], place: place)
      .decode(into: data)
    if index == tensors.count - 1 { try checkGap(from: end(ofTensor: index), to: dataChunk.trailer) }
    return Model.Weight(info: tensor.info, data: data)
  }

  /// Where a tensor's stored bytes end; before the first one, where the tensor data begins.
  private func end(ofTensor index: Int) -> UInt64 {
    index < 0 ? dataChunk.payload : tensorOffsets[index] + UInt64(tensors[index].storedBytes)
  }
}
