internal import CZlib
internal import FermSystem

/// The running CRC-32 of ISO 3309, as in zlib and PNG (spec section 2).
package struct CRC32: Equatable {
  package private(set) var value: UInt32 = 0

  package init() {}

  mutating func add(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe add($0) } }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: zlib reads exactly the buffer's bytes.
    guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    value = unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), start, bytes.count))
  }
}

/// The running SHA-256 of FIPS 180-4.
package struct SHA256 {
  private var state = ferm_sha256()

  package init() { unsafe ferm_sha256_start(&state) }

  package mutating func add(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe add($0) } }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: the C function reads exactly the buffer's bytes.
    unsafe ferm_sha256_add(&state, bytes.baseAddress, bytes.count)
  }

  /// The 32 bytes of the digest of all that was added.
  package func digest() -> [UInt8] {
    var copy = state
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe ferm_sha256_finish(&copy, &digest)
    return digest
  }
}
