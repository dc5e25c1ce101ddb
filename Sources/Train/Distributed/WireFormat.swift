internal import FermFormat

/// What gradients are while the shards of a batch are added: the numbers that travel between processes.
///
/// The sums of one process's own shards are taken in the same way, so that who has which shard shows in no bit.
public enum WireFormat: String, Sendable, CaseIterable {
  /// fp32.
  case fp32
  /// bf16, half the bytes: each partial sum is rounded to 8 bits of mantissa (to nearest, ties to even) before it is added to
  /// its neighbour's in fp32, and the whole sum is rounded too.
  case bf16

  /// Adds two neighbours on any level of the tree, be they of one process or of two.
  @inline(__always)
  func add(_ neighbour: Span<Float>, to sum: inout MutableSpan<Float>) {
    switch self {
    case .fp32: for i in sum.indices { sum[i] += neighbour[i] }
    case .bf16: for i in sum.indices { sum[i] = Self.rounded(sum[i]) + Self.rounded(neighbour[i]) }
    }
  }

  /// Leaves what would arrive of the values if they travelled.
  @inline(__always)
  func round(_ values: inout MutableSpan<Float>) {
    switch self {
    case .fp32: return
    case .bf16: for i in values.indices { values[i] = Self.rounded(values[i]) }
    }
  }

  /// What travels of the values, in bf16.
  static func narrowed(_ values: Span<Float>) -> [UInt16] {
    var list = [UInt16](repeating: 0, count: values.count)
    var short = list.mutableSpan
    for i in values.indices { short[i] = narrowToBrain(values[i]) }
    return list
  }

  /// What has arrived.
  static func widen(_ short: Span<UInt16>, into values: inout MutableSpan<Float>) {
    for i in values.indices { values[i] = widened(short[i]) }
  }

  @inline(__always)
  private static func rounded(_ value: Float) -> Float { widened(narrowToBrain(value)) }

  @inline(__always)
  private static func widened(_ short: UInt16) -> Float { Float(bitPattern: UInt32(short) << 16) }
}
