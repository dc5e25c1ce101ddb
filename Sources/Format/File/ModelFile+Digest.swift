extension ModelFile {
  /// The identity of what the file says and computes: 32 bytes that depend on neither packing nor ancillary chunks
  /// (spec section 12). Reads all weights, one tensor at a time.
  public func contentDigest() throws(FormatError) -> [UInt8] {
    var hash = SHA256()
    for type in [ChunkType.head, .preprocessing, .labels, .graph, .outputs] {
      guard let chunk = chunks.first(where: { $0.type == type }) else { continue }
      hash.add(try source.bytes(at: chunk.start, 8 + chunk.length))
    }
    for (index, tensor) in tensors.enumerated() {
      var record = ByteWriter()
      try tensor.info.writeIdentity(&record)
      hash.add(record.bytes)
      // SAFETY: data lives until its bytes are added.
      let data = try loadTensor(index).data
      withExtendedLifetime(data) { unsafe hash.add(data.bytes) }
    }
    return hash.digest()
  }
}

extension TensorInfo {
  /// The part of a tensor's record that says what it is, not how it is packed: name, type, rank, dimensions.
  fileprivate func writeIdentity(_ writer: inout ByteWriter) throws(FormatError) {
    try writer.string(name, limit: Limits.nameBytes, what: "A tensor name")
    writer.u8(type.rawValue)
    writer.u8(UInt8(shape.rank))
    for dimension in shape.dimensions { writer.u32(UInt32(dimension)) }
  }
}
