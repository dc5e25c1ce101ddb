/// How exactly a session computes. It is the session's choice, never a file's.
public enum Precision: String, Sendable, CaseIterable {
  /// In fp32 throughout.
  case exact
  /// With products of bf16 numbers, and of bytes where a fully connected layer's weights are int8; sums in fp32 and int32.
  ///
  /// Needs a processor with AVX512_BF16 and AVX512_VNNI; elsewhere it is the same as ``exact``. docs/performance.md has what it
  /// gains, and how far results move.
  case fast
}

extension Plan {
  /// The precision of a session that asks for this one.
  public func inEffect(_ precision: Precision) -> Precision { kernels.inEffect(precision) }
}
