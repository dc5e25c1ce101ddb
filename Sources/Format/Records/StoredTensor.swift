/// A tensor's record in the index: what it is, how it is packed, and the checksum of its packed bytes (spec 4.5).
public struct StoredTensor: Equatable, Sendable {
  /// Name, type and shape.
  public var info: TensorInfo
  /// How its bytes are packed.
  public var codec: Codec
  /// Packed bytes in the file.
  public var storedBytes: Int { Int(clamping: statedBytes) }
  /// The same as the index states them, which may be more than any file has.
  let statedBytes: UInt32
  /// CRC-32 of the packed bytes.
  public var checksum: UInt32

  /// Reads a TIDX payload and checks every record, and their sum, against the limits.
  static func readIndex(_ reader: inout ByteReader) throws(FormatError) -> [StoredTensor] {
    let place = reader.offset
    let count = Int(try reader.u16())
    guard count <= Limits.tensors else {
      throw FormatError(
        .limit, at: place, "There are \(count) tensors; at most \(Limits.tensors) are allowed.")
    }
    var tensors: [StoredTensor] = []
    var decoded: Int64 = 0
    for _ in 0..<count {
      let place = reader.offset
      try requireMemory(256 * (tensors.count + 256))
      let tensor = try read(&reader, after: tensors.last?.info.name)
      decoded += Int64(tensor.info.byteCount)
      guard decoded <= Limits.decodedBytes else {
        throw FormatError(
          .limit, at: place, "The tensors are larger than \(Limits.decodedBytes) bytes together.")
      }
      tensors.append(tensor)
    }
    try reader.finish("The tensor index")
    return tensors
  }

  private static func read(
    _ reader: inout ByteReader, after last: String?
  ) throws(FormatError) -> StoredTensor {
    let place = reader.offset
    let name = try reader.string(limit: Limits.nameBytes, what: "A tensor name")
    guard name.isName else { throw FormatError(.value, at: place, "A tensor name must be a plain name.") }
    if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) {
      throw FormatError(.value, at: place, "The tensor name \(name) is repeated or out of order.")
    }
    let typePlace = reader.offset
    guard let type = ElementType(rawValue: try reader.u8()) else {
      throw FormatError(
        .unsupported, at: typePlace, "Tensor \(name) has an element type that this program does not know.")
    }
    let codecPlace = reader.offset
    guard let codec = Codec(rawValue: try reader.u8()) else {
      throw FormatError(
        .unsupported, at: codecPlace, "Tensor \(name) is packed in a way that this program does not know.")
    }
    guard codec != .shuffledZlib || type.width > 1 else {
      throw FormatError(
        .value, at: codecPlace, "Tensor \(name) has elements of one byte, which cannot be shuffled.")
    }
    let shapePlace = reader.offset
    let rank = Int(try reader.u8())
    guard rank <= Limits.rank else {
      throw FormatError(
        .limit, at: shapePlace, "Tensor \(name) has \(rank) dimensions; at most \(Limits.rank) are allowed.")
    }
    var dimensions: [Int] = []
    for _ in 0..<rank { dimensions.append(Int(clamping: try reader.u32())) }
    let info = TensorInfo(name: name, type: type, shape: Shape(dimensions))
    do throws(FormatError) { try info.shape.validate("Tensor \(name)") } catch {
      throw FormatError(error.code, at: shapePlace, error.message)
    }
    guard type != .int8 || rank >= 2 else {
      throw FormatError(.value, at: shapePlace, "Tensor \(name) is int8 and needs two dimensions or more.")
    }
    let sizePlace = reader.offset
    let stored = try reader.u32()
    let possible =
      codec == .stored
      ? UInt64(stored) == UInt64(info.byteCount)
      : UInt64(info.byteCount) <= Limits.mostDecoded(from: UInt64(stored))
    guard possible else {
      throw FormatError(
        .weights, at: sizePlace,
        "Tensor \(name) cannot hold \(info.byteCount) bytes in \(stored) stored ones.")
    }
    return StoredTensor(info: info, codec: codec, statedBytes: stored, checksum: try reader.u32())
  }

  func write(_ writer: inout ByteWriter) throws(FormatError) {
    try writer.string(info.name, limit: Limits.nameBytes, what: "A tensor name")
    writer.u8(info.type.rawValue)
    writer.u8(codec.rawValue)
    writer.u8(UInt8(info.shape.rank))
    for dimension in info.shape.dimensions { writer.u32(UInt32(dimension)) }
    writer.u32(statedBytes)
    writer.u32(checksum)
  }
}
