extension Model.Weight {
  /// The elements as fp32, whatever type they are stored in.
  public func floats() -> [Float] {
    let count = info.shape.count
    let type = info.type
    let bytes = unsafe data.bytes
    // SAFETY: the loads stay within count * width bytes, and data outlives them.
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      for i in 0..<count {
        let value =
          switch type {
          case .fp32:
            Float(
              bitPattern: unsafe UInt32(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)))
          case .fp16:
            unsafe widenHalf(
              UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
          case .bf16:
            Float(
              bitPattern: unsafe UInt32(
                UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))) << 16)
          }
        unsafe buffer[i] = value
      }
      filled = count
    }
  }

  /// Makes a tensor from fp32 values, rounded to `type` (to nearest, ties to even).
  public init(name: String, type: ElementType = .fp32, shape: Shape, floats: [Float]) throws(FormatError) {
    guard floats.count == shape.count else {
      throw FormatError(
        .graph, "Tensor \(name) has \(floats.count) elements where its shape has \(shape.count).")
    }
    let info = TensorInfo(name: name, type: type, shape: shape)
    let data = try AlignedBytes(count: info.byteCount)
    // SAFETY: the stores stay within the bytes just allocated, which nobody else has yet.
    let bytes = unsafe data.mutableBytes
    for (i, value) in floats.enumerated() {
      switch type {
      case .fp32:
        unsafe bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * i, as: UInt32.self)
      case .fp16:
        unsafe bytes.storeBytes(of: narrowToHalf(value).littleEndian, toByteOffset: 2 * i, as: UInt16.self)
      case .bf16:
        unsafe bytes.storeBytes(of: narrowToBrain(value).littleEndian, toByteOffset: 2 * i, as: UInt16.self)
      }
    }
    self.init(info: info, data: data)
  }
}

/// IEEE binary16 to binary32, exactly.
func widenHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let magnitude = UInt32(half & 0x7FFF)
  if magnitude >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13) }
  // Scaling by 2^112 moves the exponent bias from 15 to 127, and makes subnormals normal.
  let value = Float(bitPattern: magnitude << 13) * 0x1p112
  return Float(bitPattern: value.bitPattern | sign)
}

/// binary32 to binary16, to nearest, ties to even; too large becomes infinite.
func narrowToHalf(_ value: Float) -> UInt16 {
  let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
  let magnitude = Float(bitPattern: value.bitPattern & 0x7FFF_FFFF)
  if magnitude.isNaN { return sign | 0x7E00 }
  if magnitude >= 65520 { return sign | 0x7C00 }
  if magnitude < 0x1p-14 {
    // Adding 1/2 leaves the result's units, 2^-24, in the last bits of the sum.
    return sign | UInt16(truncatingIfNeeded: (magnitude + 0.5).bitPattern - Float(0.5).bitPattern)
  }
  let bits = magnitude.bitPattern
  let rounded = bits + 0xFFF + (bits >> 13 & 1)
  return sign | UInt16(truncatingIfNeeded: (rounded >> 13) - (112 << 10))
}

/// binary32 to bfloat16, to nearest, ties to even.
func narrowToBrain(_ value: Float) -> UInt16 {
  if value.isNaN { return UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x40 }
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

extension Float {
  /// The value of an IEEE binary16, exactly.
  public init(halfBits: UInt16) { self = widenHalf(halfBits) }
}
