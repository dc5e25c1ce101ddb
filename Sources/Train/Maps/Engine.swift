/// How a training pass computes.
public enum Engine: Sendable {
  /// Maps stay in the kernels' layout: Winograd's algorithm in all three passes, fused normalisation.
  case fast
  /// Row-major tensors, unrolled windows and OpenBLAS: short, and what the fast engine is checked against.
  case plain
}
