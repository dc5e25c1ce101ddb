import FermFormat
import FermFuzzSystem
import TestSupport

/// A `.ferm` file taken apart just so far that parts can be changed and put together again with sound checksums, lengths and
/// digest: otherwise no change would get past the first check of a reader.
struct ChunkList {
  struct Chunk {
    var type: [UInt8]
    var payload: [UInt8]
    var name: String { String(decoding: type, as: UTF8.self) }
  }

  private var header: [UInt8]
  var chunks: [Chunk] = []

  /// Nil where the chunks do not follow each other up to the end.
  init?(_ file: [UInt8]) {
    guard file.count >= 16 else { return nil }
    header = Array(file[..<16])
    var place = 16
    while place < file.count {
      guard place + 16 <= file.count else { return nil }
      let length = file.number(at: place + 4, 4)
      let end = place + 8 + (length + 7) / 8 * 8 + 8
      guard end <= file.count else { return nil }
      chunks.append(
        Chunk(type: Array(file[place..<place + 4]), payload: Array(file[place + 8..<place + 8 + length])))
      place = end
    }
  }

  // MARK: - Changes

  mutating func mutate(_ random: inout Random) {
    for _ in 0...random.below(3) {
      let index = random.below(chunks.count)
      switch random.below(17) {
      case 0: header.mutate(within: 9..<16, &random)
      // Of the features' bits those that have a meaning.
      case 16: header[12] ^= UInt8(2 << random.below(3))
      case 1: chunks[index].type[random.below(4)] ^= UInt8(1 << random.below(6))
      case 2: chunks.insert(chunks[index], at: random.below(chunks.count + 1))
      case 3: if chunks.count > 1 { chunks.remove(at: index) }
      case 4: chunks.swapAt(index, random.below(chunks.count))
      case 5:
        let types = ["nOTe", "nLEN", "cROP", "OUTP"]
        chunks.insert(
          Chunk(type: Array(types[random.below(types.count)].utf8), payload: [1, 0, 1]),
          at: random.below(chunks.count + 1))
      case 6, 7, 8: chunks[index].payload.mutateNumber(&random)
      default: chunks[index].payload.mutateFreely()
      }
    }
  }

  // MARK: - The whole

  /// The file again, with every checksum right.
  ///
  /// - Parameter fitting: whether the tensor data follow what the index says: stored tensors take the size of their shape,
  ///   and checksums are those of the bytes.
  func encoded(fitting: Bool) -> [UInt8] {
    var parts = chunks
    if fitting { Self.fit(&parts) }
    var file = header
    for part in parts {
      var payload = part.payload
      if part.name == "FEND", payload.count >= 8 {
        var hash = SHA256()
        hash.add(file)
        let length = file.count + 16 + (payload.count + 7) / 8 * 8
        payload.put(length, 8, at: 0)
        if payload.count >= 40 { payload.replaceSubrange(8..<40, with: hash.digest()) }
      }
      var framed = part.type + [0, 0, 0, 0] + payload
      framed.put(payload.count, 4, at: 4)
      let guarded = part.name == "TDAT" ? 8 : (framed.count + 7) / 8 * 8
      framed += [UInt8](repeating: 0, count: (8 - payload.count % 8) % 8)
      file += framed
      file += [UInt8](repeating: 0, count: 8)
      file.put(checksum(framed[..<guarded]), 4, at: file.count - 8)
    }
    return file
  }

  private static func fit(_ parts: inout [Chunk]) {
    guard let index = parts.firstIndex(where: { $0.name == "TIDX" }),
      let data = parts.firstIndex(where: { $0.name == "TDAT" }), data > index
    else { return }
    var records = parts[index].payload
    guard let tensors = tensors(records) else { return }
    let start = 16 + parts[..<data].reduce(0) { $0 + 16 + ($1.payload.count + 7) / 8 * 8 } + 8
    var old = parts[data].payload[...]
    var new: [UInt8] = []
    for tensor in tensors {
      new += [UInt8](repeating: 0, count: (64 - (start + new.count) % 64) % 64)
      let size = tensor.decoded.map { min($0, 1 << 16) } ?? min(tensor.stored, 1 << 16)
      // Old bytes as far as they go, then small numbers.
      let bytes = (0..<size).map { old.popFirst() ?? UInt8(truncatingIfNeeded: $0 & 3 == 3 ? 0x3C : 0) }
      new += bytes
      records.put(size, 4, at: tensor.place)
      records.put(checksum(bytes[...]), 4, at: tensor.place + 4)
    }
    parts[index].payload = records
    parts[data].payload = new
  }

  /// Of each tensor where its stored size stands, that size, and the size of its shape if it is stored plainly.
  private static func tensors(_ records: [UInt8]) -> [(place: Int, stored: Int, decoded: Int?)]? {
    guard records.count >= 2 else { return nil }
    var result: [(place: Int, stored: Int, decoded: Int?)] = []
    var place = 2
    for _ in 0..<min(records.number(at: 0, 2), 64) {
      guard place + 2 <= records.count else { return nil }
      place += 2 + records.number(at: place, 2)
      guard place + 3 <= records.count else { return nil }
      let (type, codec, rank) = (records[place], records[place + 1], Int(records[place + 2]))
      place += 3
      guard place + 4 * rank + 8 <= records.count else { return nil }
      var (count, first) = (1, 1)
      for axis in 0..<rank {
        let dimension = records.number(at: place + 4 * axis, 4)
        if axis == 0 { first = dimension }
        count = min(count.multipliedReportingOverflow(by: dimension).partialValue.magnitude.clamped, 1 << 20)
      }
      place += 4 * rank
      let width = type == 1 ? 4 : type == 4 ? 1 : 2
      let decoded = codec == 0 ? count * width + (type == 4 ? 4 * min(first, 1 << 16) : 0) : nil
      result.append((place, records.number(at: place, 4), decoded))
      place += 8
    }
    return result
  }
}

extension UInt {
  fileprivate var clamped: Int { Int(Swift.min(self, UInt(Int.max))) }
}

func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
  var sum = CRC32()
  bytes.withUnsafeBytes { sum.add($0) }
  return Int(sum.value)
}

extension [UInt8] {
  func number(at place: Int, _ width: Int) -> Int {
    (0..<width).reduce(0) { $0 | Int(self[place + $1]) << (8 * $1) }
  }

  mutating func put(_ value: Int, _ width: Int, at place: Int) {
    for i in 0..<width { self[place + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
  }

  fileprivate mutating func mutate(within range: Range<Int>, _ random: inout Random) {
    self[range.lowerBound + random.below(range.count)] = UInt8(random.below(256))
  }

  /// A u16 somewhere becomes a neighbour, a small number or an extreme one: what counts, sizes and indices are made of.
  fileprivate mutating func mutateNumber(_ random: inout Random) {
    guard count >= 2 else { return }
    let place = random.below(count - 1)
    let old = number(at: place, 2)
    let values = [
      old + 1, old - 1, random.below(8), random.below(70), 0xFFFF, 0xFFFE, old * 2, 1 << random.below(16),
    ]
    put(values[random.below(values.count)], 2, at: place)
  }

  /// libFuzzer's mutation, with a little room to grow.
  fileprivate mutating func mutateFreely() {
    let size = count
    append(contentsOf: [UInt8](repeating: 0, count: 32))
    let new = withUnsafeMutableBufferPointer { LLVMFuzzerMutate($0.baseAddress, size, $0.count) }
    removeLast(count - new)
  }
}
