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
  }

  /// The chunks in file order, the skipped ones among them.
  public var parts: [Part] {
    chunks.map { Part(type: $0.type.name, offset: $0.start, length: $0.length, padding: $0.padding) }
  }

  /// Some of the file's bytes as they are.
  ///
  /// - Throws: `truncated` beyond the end of the file.
  public func bytes(at offset: UInt64, count: Int) throws(FormatError) -> [UInt8] {
    try source.bytes(at: offset, count)
  }

  /// Where the stored bytes of each tensor begin, in the order of ``tensors``.
  public var tensorOffsets: [UInt64] {
    guard let data = chunks.first(where: { $0.type == .data }) else { return [] }
    var place = data.payload
    return tensors.map { tensor in
      defer { place = place.aligned + UInt64(tensor.storedBytes) }
      return place.aligned
    }
  }

  /// Reads and decodes one tensor; its checksum and exact size are checked.
  public func loadTensor(_ index: Int) throws(FormatError) -> Model.Weight {
    try loadTensor(index, at: tensorOffsets[index])
  }

  func loadTensor(_ index: Int, at place: UInt64) throws(FormatError) -> Model.Weight {
    let tensor = tensors[index]
    let data = try AlignedBytes(count: tensor.info.byteCount)
    try TensorReader(source: source, tensor: tensor, isVariance: facts.isVariance[index], place: place)
      .decode(into: data)
    return Model.Weight(info: tensor.info, data: data)
  }
}
