internal import FermFormat

extension AlignedBytes {
  /// The memory as floats.
  var floats: UnsafeMutablePointer<Float> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
  }

  /// Zeroed bytes that a pool's threads take from the system together: to zero them is most of what a session's start costs.
  convenience init(count: Int, on workers: Workers) throws(FormatError) {
    let parts = max(1, min(workers.count, count >> 21))
    try self.init(count: count, parts: parts) { take in workers.forEach(parts, take) }
  }

  /// A copy of floats, followed by zeros up to `count` of them.
  convenience init(_ floats: [Float], count: Int) throws(FormatError) {
    try self.init(count: 4 * count)
    unsafe floats.withUnsafeBytes { unsafe mutableBytes.copyMemory(from: $0) }
  }

  /// A copy of 32-bit integers.
  convenience init(_ integers: [Int32]) throws(FormatError) {
    try self.init(count: 4 * integers.count)
    for (i, value) in integers.enumerated() {
      unsafe mutableBytes.storeBytes(of: value, toByteOffset: 4 * i, as: Int32.self)
    }
  }
}
