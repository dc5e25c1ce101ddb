/// A set of instructions that the kernels are compiled for.
///
/// Where none is asked for, the environment variable `FERM_INSTRUCTIONS` decides, and without it the best is taken that
/// the processor has.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// Plain C.
  case portable
  /// AVX2 and FMA.
  case avx2
  /// AVX-512.
  case avx512
  /// NEON, which every 64-bit Arm processor has.
  case neon
  /// AVX-512 with BF16 and VNNI in plain C, bit for bit and slow: for tests, and not in the C library.
  case emulated

  /// The cases as a sentence names them.
  package static let words = "portable, avx2, avx512 or neon"

  /// Those of processors.
  public static var allCases: [InstructionSet] { [.portable, .avx2, .avx512, .neon] }

  /// Whether this processor has them.
  public var isAvailable: Bool { (try? KernelTable(self)) != nil }
}
