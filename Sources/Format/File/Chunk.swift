/// The parts of the container (spec sections 2 and 3).
enum Container {
  /// High bit, name, carriage return, line feed, end-of-file, line feed: a copy in text mode shows at once.
  static let signature: [UInt8] = [0x89, 0x46, 0x45, 0x52, 0x4D, 0x0D, 0x0A, 0x1A, 0x0A]
  static let major: UInt8 = 1
  /// The newest minor version, which a file states that needs some feature.
  static let minor: UInt16 = 1
  static let headerBytes = 16
  /// Tensors begin on multiples of this many bytes.
  static let alignment: UInt64 = 64
}

/// Four letters; an upper-case first letter means that a reader must understand the chunk.
struct ChunkType: Equatable {
  let code: UInt32

  init(code: UInt32) { self.code = code }

  init(_ letters: StaticString) {
    var code: UInt32 = 0
    // SAFETY: the buffer is a literal's, which lives as long as the program.
    letters.withUTF8Buffer { bytes in
      for i in 0..<min(4, bytes.count) { code |= unsafe UInt32(bytes[i]) << UInt32(8 * i) }
    }
    self.code = code
  }

  static let head = ChunkType("HEAD")
  static let preprocessing = ChunkType("PREP")
  static let labels = ChunkType("LABL")
  static let graph = ChunkType("GRPH")
  static let index = ChunkType("TIDX")
  static let data = ChunkType("TDAT")
  static let outputs = ChunkType("OUTP")
  static let nodeLengths = ChunkType("nLEN")
  static let selfTest = ChunkType("tEST")
  static let provenance = ChunkType("pROV")
  static let cropRules = ChunkType("cROP")
  static let note = ChunkType("nOTe")
  static let trainingState = ChunkType("trST")
  static let end = ChunkType("FEND")

  /// The ancillary chunks that no file has twice.
  static let single = [nodeLengths, selfTest, provenance, cropRules, trainingState]
  /// The critical chunks of a file of these features, in their order; the end comes last of all.
  static func required(_ features: Features) -> [ChunkType] {
    [head, preprocessing, labels, graph, index, data] + (features.contains(.outputs) ? [outputs] : [])
  }

  var letters: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: code >> UInt32(8 * $0)) } }
  var isWellFormed: Bool { letters.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) } }
  var isCritical: Bool { letters[0] & 0x20 == 0 }
  var name: String { String(decoding: letters, as: UTF8.self) }
}

/// A chunk's place in the file.
struct Chunk: Equatable {
  let type: ChunkType
  /// Where its type stands.
  let start: UInt64
  /// Bytes of its payload.
  let length: Int

  /// Nil for one that ends beyond `limit`, and so beyond the file.
  init?(type: ChunkType, start: UInt64, length: UInt32, limit: UInt64) {
    // A limit is smaller than what an Int holds, wherever that has 32 bits.
    guard start + 8 + UInt64(length) <= limit, limit <= Limits.fileBytes else { return nil }
    (self.type, self.start, self.length) = (type, start, Int(length))
    guard end <= limit else { return nil }
  }

  var payload: UInt64 { start + 8 }
  var padding: Int { (8 - length % 8) % 8 }
  /// Where its checksum stands.
  var trailer: UInt64 { payload + UInt64(length + padding) }
  var end: UInt64 { trailer + 8 }

  /// Checks the last 8 bytes of the chunk: the checksum of what it guards, and a zero.
  func checkTrailer(_ reader: ByteReader, _ sum: CRC32) throws(FormatError) {
    var reader = reader
    guard try reader.u32() == sum.value else {
      throw FormatError(
        .checksum, at: trailer,
        "The checksum of chunk \(type.name) does not match; the file is damaged, copy it again.")
    }
    guard try reader.u32() == 0 else {
      throw FormatError(.structure, at: trailer + 4, "A reserved field is not zero.")
    }
  }
}
