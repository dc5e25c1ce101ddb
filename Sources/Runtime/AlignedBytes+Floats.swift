internal import FermFormat

extension AlignedBytes {
  /// The memory as floats.
  var floats: UnsafeMutablePointer<Float> {
    // SAFETY: the memory is aligned to 64 bytes and never NULL.
    unsafe mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
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
