import FermFormat

extension Support {
  /// A changed file with all its checksums and its digest put right, so that a reader sees the change itself.
  ///
  /// The chunks' lengths and the tensor index must still be sound.
  public static func repaired(_ file: [UInt8]) -> [UInt8] {
    var bytes = file
    var tensors: [(checksum: Int, length: Int)] = []
    var place = 16
    while place + 16 <= bytes.count {
      let (name, length) = (
        String(decoding: bytes[place..<place + 4], as: UTF8.self), number(bytes, place + 4)
      )
      let (payload, trailer) = (place + 8, place + 8 + (length + 7) / 8 * 8)
      if name == "TDAT" {
        var at = payload
        for tensor in tensors {
          at = (at + 63) / 64 * 64
          put(sum(bytes[at..<at + tensor.length]), 4, tensor.checksum, in: &bytes)
          at += tensor.length
        }
        put(sum(bytes[place..<payload]), 4, trailer, in: &bytes)
      } else if name == "FEND" {
        put(bytes.count, 8, payload, in: &bytes)
        bytes.replaceSubrange(payload + 8..<payload + 40, with: sha256(Array(bytes[..<place])))
      }
      if name == "TIDX" { tensors = index(bytes, payload) }
      place = trailer + 8
    }
    // The index holds the tensors' checksums, so that its own comes last, and the digest after it.
    place = 16
    while place + 16 <= bytes.count {
      let (name, length) = (
        String(decoding: bytes[place..<place + 4], as: UTF8.self), number(bytes, place + 4)
      )
      let (payload, trailer) = (place + 8, place + 8 + (length + 7) / 8 * 8)
      if name == "FEND" {
        bytes.replaceSubrange(payload + 8..<payload + 40, with: sha256(Array(bytes[..<place])))
      }
      if name != "TDAT" { put(sum(bytes[place..<trailer]), 4, trailer, in: &bytes) }
      place = trailer + 8
    }
    return bytes
  }

  /// Where each tensor's checksum stands, and its stored bytes.
  private static func index(_ bytes: [UInt8], _ payload: Int) -> [(checksum: Int, length: Int)] {
    var place = payload + 2
    return (0..<number(bytes, payload, 2)).map { _ in
      place += 2 + number(bytes, place, 2) + 2
      place += 1 + 4 * Int(bytes[place])
      defer { place += 8 }
      return (place + 4, number(bytes, place))
    }
  }

  private static func number(_ bytes: [UInt8], _ place: Int, _ width: Int = 4) -> Int {
    (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  private static func put(_ value: Int, _ width: Int, _ place: Int, in bytes: inout [UInt8]) {
    for i in 0..<width { bytes[place + i] = UInt8(truncatingIfNeeded: value >> (8 * i)) }
  }

  private static func sum(_ bytes: ArraySlice<UInt8>) -> Int {
    var sum = CRC32()
    bytes.withUnsafeBytes { sum.add($0) }
    return Int(sum.value)
  }

  private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.add(bytes)
    return hash.digest()
  }
}
