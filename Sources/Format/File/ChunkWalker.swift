/// Finds a file's chunks and checks everything that can be checked without knowing what is in them (spec sections 2 and 3).
struct ChunkWalker {
  let minor: UInt16
  let features: Features
  private(set) var chunks: [Chunk] = []
  private(set) var statedDigest: [UInt8] = []
  private let source: ByteSource

  init(_ source: ByteSource) throws(FormatError) {
    self.source = source
    (minor, features) = try Self.readHeader(source, knowing: .known)
    try walk()
    try checkOrder()
    try readEnd()
  }

  /// Finds the chunks of a file that may ask for more than this program knows, and checks no more than that.
  init(listing source: ByteSource) throws(FormatError) {
    self.source = source
    (minor, features) = try Self.readHeader(source, knowing: Features(rawValue: ~Features.draft.rawValue))
    try walk()
  }

  private static func readHeader(
    _ source: ByteSource, knowing known: Features
  ) throws(FormatError) -> (UInt16, Features) {
    guard source.count <= Limits.fileBytes else {
      throw FormatError(
        .limit, "The file has \(source.count) bytes; at most \(Limits.fileBytes) are allowed.")
    }
    let start = try source.bytes(at: 0, min(Container.headerBytes, Int(source.count)))
    let seen = min(start.count, Container.signature.count)
    guard seen > 0, start[..<seen].elementsEqual(Container.signature[..<seen]) else {
      throw FormatError(.signature, at: 0, "This is not a .ferm file.")
    }
    guard start.count == Container.headerBytes else {
      throw FormatError(.truncated, at: source.count, "The file ends within its first bytes; copy it again.")
    }
    guard start[9] == Container.major else {
      throw FormatError(
        .unsupported, at: 9,
        "The file has format version \(start[9]), and this program reads version \(Container.major).")
    }
    var reader = try source.reader(at: 10, Container.headerBytes - 10)
    let minor = try reader.u16()
    let features = Features(rawValue: try reader.u32())
    guard features.isDisjoint(with: .draft) else {
      throw FormatError(
        .unsupported, at: 12,
        "The file was written before version 1 was final; train or import the model again.")
    }
    let unknown = features.subtracting(known)
    guard unknown.isEmpty else {
      let names = unknown.names.joined(separator: ", ")
      throw FormatError(
        .unsupported, at: 12, "The file needs \(names), which this program does not know; a newer one may.")
    }
    return (minor, features)
  }

  private mutating func walk() throws(FormatError) {
    var place = UInt64(Container.headerBytes)
    while true {
      var reader = try source.reader(at: place, 8)
      let type = ChunkType(code: try reader.u32())
      let length = try reader.u32()
      guard type.isWellFormed else {
        throw FormatError(.structure, at: place, "No chunk begins here; the file is damaged.")
      }
      guard chunks.count < Limits.chunks else {
        throw FormatError(.limit, at: place, "There are more than \(Limits.chunks) chunks.")
      }
      guard let chunk = Chunk(type: type, start: place, length: length, limit: source.count) else {
        throw FormatError(
          .truncated, at: source.count, "The file ends within its chunk \(type.name); copy it again.")
      }
      chunks.append(chunk)
      place = chunk.end
      if type == .end { break }
    }
    guard place == source.count else {
      throw FormatError(.truncated, at: place, "\(source.count - place) bytes follow the end of the file.")
    }
  }

  /// Every required chunk once and in order, then ancillary ones, then the end.
  private func checkOrder() throws(FormatError) {
    let required = ChunkType.required(features)
    for (i, chunk) in chunks.enumerated() {
      if i < required.count {
        let wanted = required[i]
        guard chunk.type == wanted else {
          throw FormatError(
            .structure, at: chunk.start, "A chunk \(chunk.type.name) stands where \(wanted.name) must.")
        }
      } else if chunk.type.isCritical && chunk.type != .end {
        let known = required.contains(chunk.type)
        throw FormatError(
          known ? .structure : .unsupported, at: chunk.start,
          known
            ? "The chunk \(chunk.type.name) is repeated."
            : "The file needs the chunk \(chunk.type.name), which this program does not know; a newer one may."
        )
      } else if ChunkType.single.contains(chunk.type), chunks[..<i].contains(where: { $0.type == chunk.type })
      {
        throw FormatError(.structure, at: chunk.start, "The chunk \(chunk.type.name) is repeated.")
      }
    }
  }

  private mutating func readEnd() throws(FormatError) {
    guard let end = chunks.last else { return }
    var reader = try reader(.end)
    let length = try reader.u64()
    guard length == source.count else {
      throw FormatError(
        .structure, at: end.payload, "The file says that it has \(length) bytes, and it has \(source.count).")
    }
    statedDigest = try reader.take(32)
    try reader.finish("The end")
  }

  /// A chunk that every file has.
  func chunk(_ type: ChunkType) throws(FormatError) -> Chunk {
    guard let chunk = chunks.first(where: { $0.type == type }) else {
      throw FormatError(.structure, "The chunk \(type.name) is missing.")
    }
    return chunk
  }

  /// The payload of a chunk that every file has.
  func reader(_ type: ChunkType) throws(FormatError) -> ByteReader { try reader(of: try chunk(type)) }

  /// A chunk's payload, after its checksum and padding were checked.
  func reader(of chunk: Chunk) throws(FormatError) -> ByteReader {
    guard chunk.length <= Limits.recordBytes else {
      throw FormatError(
        .limit, at: chunk.start + 4,
        "The chunk \(chunk.type.name) has \(chunk.length) bytes; at most \(Limits.recordBytes) are allowed.")
    }
    let bytes = try AlignedBytes(count: Int(chunk.end - chunk.start))
    unsafe try source.read(at: chunk.start, into: bytes.mutableBytes)
    let (end, trailer) = (8 + chunk.length, bytes.count - 8)
    var sum = CRC32()
    // SAFETY: the trailer lies within the bytes, which live until the function ends.
    unsafe sum.add(UnsafeRawBufferPointer(rebasing: bytes.bytes[..<trailer]))
    try chunk.checkTrailer(ByteReader(bytes, trailer..<bytes.count, at: chunk.start), sum)
    for index in end..<trailer where unsafe bytes.bytes[index] != 0 {
      throw FormatError(.structure, at: chunk.start + UInt64(index), "A padding byte is not zero.")
    }
    return ByteReader(bytes, 8..<end, at: chunk.start)
  }

  /// Where each tensor begins; the chunk must be exactly as long as that implies, and its checksum guards type and length.
  func tensorOffsets(_ tensors: [StoredTensor], in chunk: Chunk) throws(FormatError) -> [UInt64] {
    var offsets: [UInt64] = []
    var end = chunk.payload
    for tensor in tensors {
      offsets.append(end.aligned)
      end = end.aligned + UInt64(tensor.statedBytes)
    }
    guard end == chunk.payload + UInt64(chunk.length) else {
      throw FormatError(
        .structure, at: chunk.start + 4,
        "The tensor data has \(chunk.length) bytes, and the tensor index implies \(end - chunk.payload).")
    }
    var sum = CRC32()
    sum.add(try source.bytes(at: chunk.start, 8))
    try chunk.checkTrailer(try source.reader(at: chunk.trailer, 8), sum)
    return offsets
  }
}

extension UInt64 {
  /// The next multiple of the tensors' alignment.
  var aligned: UInt64 { (self + Container.alignment - 1) / Container.alignment * Container.alignment }
}
