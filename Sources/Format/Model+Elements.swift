internal import FermSystem

extension Model.Weight {
  /// The elements as they lie in memory, without the scales of int8; valid as long as ``data`` lives.
  @unsafe public var elements: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: data.bytes[info.scaleBytes...])
  }

  /// The factor of each output channel of an int8 tensor; empty for other types.
  public func scales() -> [Float] {
    // SAFETY: scaleBytes lie before the elements, and data outlives the loads.
    defer { withExtendedLifetime(data) {} }
    return (0..<info.scaleBytes / 4).map { unsafe float(data.bytes, $0) }
  }

  /// The elements as fp32, whatever type they are stored in.
  public func floats() -> [Float] {
    let count = info.shape.count
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      if let start = buffer.baseAddress { unsafe widen(0..<rows, into: start) }
      filled = count
    }
  }

  /// The first dimension: an int8 tensor has a scale for each row.
  private var rows: Int { info.shape.dimensions.first ?? 1 }

  /// Writes the elements of some rows, which the first dimension counts, as fp32; takes no memory.
  ///
  /// - Parameter to: room for them.
  package func widen(_ rows: Range<Int>, into to: UnsafeMutablePointer<Float>) {
    guard !rows.isEmpty else { return }
    let row = info.shape.count / self.rows
    let (first, count) = (rows.lowerBound * row, rows.count * row)
    // SAFETY: the rows' elements lie within data, which outlives the calls, and there is room for all of them.
    defer { withExtendedLifetime(data) {} }
    guard let start = unsafe elements.baseAddress.map({ unsafe $0 + first * info.type.width }) else { return }
    switch info.type {
    case .fp32: unsafe UnsafeMutableRawPointer(to).copyMemory(from: start, byteCount: 4 * count)
    case .fp16: unsafe ferm_widen_half(start, count, to)
    case .bf16: unsafe ferm_widen_brain(start, count, to)
    case .int8:
      for i in 0..<rows.count {
        let scale = unsafe float(data.bytes, rows.lowerBound + i)
        unsafe ferm_widen_byte(start + i * row, row, scale, to + i * row)
      }
    }
  }

  /// Makes a tensor from fp32 values, rounded to `type` (to nearest, ties to even).
  ///
  /// int8 takes `max |x| / 127` of each output channel as its scale (spec section 5.1).
  /// - Throws: `graph` for a number of values that is not the shape's, `value` for an int8 vector, `memory`.
  public init(name: String, type: ElementType = .fp32, shape: Shape, floats: [Float]) throws(FormatError) {
    guard floats.count == shape.count else {
      throw FormatError(
        .graph, "Tensor \(name) has \(floats.count) elements where its shape has \(shape.count).")
    }
    guard type != .int8 || shape.rank >= 2 else {
      throw FormatError(.value, "Tensor \(name) is int8 and needs two dimensions or more.")
    }
    let info = TensorInfo(name: name, type: type, shape: shape)
    let data = try AlignedBytes(count: info.byteCount)
    // SAFETY: the stores stay within the bytes just allocated, which nobody else has yet.
    let bytes = unsafe data.mutableBytes
    switch type {
    case .fp32:
      for (i, value) in floats.enumerated() { unsafe store(value, bytes, i) }
    case .fp16:
      for (i, value) in floats.enumerated() {
        unsafe bytes.storeBytes(of: narrowToHalf(value).littleEndian, toByteOffset: 2 * i, as: UInt16.self)
      }
    case .bf16:
      for (i, value) in floats.enumerated() {
        unsafe bytes.storeBytes(of: narrowToBrain(value).littleEndian, toByteOffset: 2 * i, as: UInt16.self)
      }
    case .int8:
      let row = floats.count / shape[0]
      for channel in 0..<shape[0] {
        let values = floats[(channel * row)..<((channel + 1) * row)]
        let scale = int8Scale(of: values)
        unsafe store(scale, bytes, channel)
        for (i, value) in values.enumerated() {
          unsafe bytes[info.scaleBytes + channel * row + i] = UInt8(bitPattern: quantised(value, by: scale))
        }
      }
    }
    self.init(info: info, data: data)
  }

  /// Checks that every element is one that a file may hold: finite, and for int8 not -128 with usable scales.
  ///
  /// - Parameter isVariance: whether a batch norm takes the tensor's root; no element may then be below zero.
  func validateElements(isVariance: Bool, at place: UInt64? = nil) throws(FormatError) {
    let count = info.shape.count
    let bytes = unsafe elements
    // SAFETY: there are count elements of the type's width, and data outlives the look at them.
    defer { withExtendedLifetime(data) {} }
    let bad: Int =
      switch info.type {
      case .fp32: unsafe ferm_find_infinite32(bytes.baseAddress, count)
      case .fp16: unsafe ferm_find_infinite16(bytes.baseAddress, count, 0x7C00)
      case .bf16: unsafe ferm_find_infinite16(bytes.baseAddress, count, 0x7F80)
      case .int8: unsafe ferm_find_byte(bytes.baseAddress, count, 0x80)
      }
    // A copy of a vector, whose length is that of a dimension.
    try requireMemory(32 * (info.shape.dimensions.first ?? 0) + 1 << 16)
    guard bad == count else {
      throw FormatError(
        .weights, at: place,
        "Tensor \(info.name) holds \(info.type == .int8 ? "-128" : "no finite number") at element \(bad); "
          + "convert or train it again.")
    }
    if isVariance, let index = floats().firstIndex(where: { $0 < 0 }) {
      throw FormatError(
        .weights, at: place, "Tensor \(info.name) is a variance and below zero at element \(index).")
    }
    for (channel, scale) in scales().enumerated() where !(scale.isFinite && scale >= smallestScale) {
      throw FormatError(
        .weights, at: place,
        "Tensor \(info.name) has a scale that is not a positive number at channel \(channel).")
    }
  }
}

/// The smallest scale of int8 elements; keeps the quotient `value / scale` finite.
private let smallestScale: Float = 0x1p-126

/// The scale with which the largest value of a channel becomes 127.
private func int8Scale(of values: ArraySlice<Float>) -> Float {
  let largest = values.reduce(Float(0)) { max($0, abs($1)) }
  return max(largest / 127, smallestScale)
}

/// `value / scale` to nearest, ties to even, kept within -127 to 127.
private func quantised(_ value: Float, by scale: Float) -> Int8 {
  // Adding 1.5 * 2^23 leaves units in the last bit; adding and taking it away rounds as the processor does.
  let magic: Float = 0x1.8p23
  let rounded = (max(-127, min(127, value / scale)) + magic) - magic
  return rounded.isNaN ? 0 : Int8(rounded)
}

@unsafe private func float(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Float {
  unsafe Float(
    bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
}

@unsafe private func store(_ value: Float, _ bytes: UnsafeMutableRawBufferPointer, _ index: Int) {
  unsafe bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
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
@inlinable
package func narrowToBrain(_ value: Float) -> UInt16 {
  if value.isNaN { return UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x40 }
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

extension Float {
  /// The value of an IEEE binary16, exactly.
  public init(halfBits: UInt16) {
    self = 0
    // SAFETY: both are one element.
    unsafe withUnsafeBytes(of: halfBits.littleEndian) { bits in
      if let start = bits.baseAddress { unsafe ferm_widen_half(start, 1, &self) }
    }
  }
}
