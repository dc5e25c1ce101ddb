extension ModelFile {
  /// Whether the file is a training checkpoint.
  public var hasTrainingState: Bool { chunks.contains { $0.type == .trainingState } }

  /// The bytes that the trainer left in the file to continue from; nil if there are none.
  ///
  /// What they mean is the trainer's alone: other readers skip the chunk unread. Cost: one pass over them.
  /// - Throws: `checksum` or `weights` for damaged bytes, `memory`.
  public func trainingState() throws(FormatError) -> [UInt8]? {
    guard let chunk = chunks.first(where: { $0.type == .trainingState }) else { return nil }
    try checkWhole(chunk)
    guard chunk.length >= 8 else {
      throw FormatError(.structure, at: chunk.payload, "The chunk ends in the middle of a field.")
    }
    var reader = try source.reader(at: chunk.payload, 8)
    let (count, stored) = (try reader.u64(), chunk.length - 8)
    guard count <= Limits.fileBytes, count <= Limits.mostDecoded(from: UInt64(stored)) else {
      throw FormatError(
        .weights, at: chunk.payload, "The training state cannot hold \(count) bytes in \(stored) stored ones."
      )
    }
    let data = try AlignedBytes(count: (Int(count) + 3) / 4 * 4)
    let packed = PackedBytes(
      source: source, place: chunk.payload + 8, count: stored, codec: .shuffledZlib,
      what: "The training state")
    _ = try packed.decode(into: data, width: 4)
    return withExtendedLifetime(data) { unsafe Array(data.bytes[..<Int(count)]) }
  }
}

/// The payload of a training-state chunk: the number of bytes as u64, and the bytes, filled up to words of four, packed as
/// fp32 elements are.
func packedTrainingState(_ state: [UInt8], packing: Packing) throws(FormatError) -> [UInt8] {
  guard state.count <= Limits.fileBytes else {
    throw FormatError(.limit, "The training state is larger than a file may be.")
  }
  let words = state + [UInt8](repeating: 0, count: (4 - state.count % 4) % 4)
  var payload = ByteWriter()
  payload.u64(UInt64(state.count))
  payload.raw(try packedPlanes(of: words, width: 4, packing: packing))
  return payload.bytes
}
