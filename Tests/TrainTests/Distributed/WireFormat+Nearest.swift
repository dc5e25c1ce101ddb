import FermTrain

extension WireFormat {
  /// What arrives of a value, by comparing the distances to its neighbours.
  func travelled(_ value: Float) -> Float {
    guard self == .bf16 else { return value }
    let low = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    let high = Float(bitPattern: low.bitPattern + 0x1_0000)
    let (down, up) = (abs(Double(value) - Double(low)), abs(Double(high) - Double(value)))
    if down != up { return down < up ? low : high }
    return low.bitPattern & 0x1_0000 == 0 ? low : high
  }
}
