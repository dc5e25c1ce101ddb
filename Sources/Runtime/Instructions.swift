internal import FermFormat
internal import FermKernels

/// Which instructions the kernels use.
public enum Instructions: Sendable, CaseIterable {
  /// The best that the processor has, or what the environment variable `FERM_INSTRUCTIONS` says.
  case best
  /// Plain C.
  case portable
  /// AVX2 and FMA.
  case avx2
  /// AVX-512.
  case avx512

  /// Whether this processor has them.
  public var isAvailable: Bool {
    switch self {
    case .best, .portable: true
    case .avx2: unsafe ferm_kernels_for(FERM_AVX2) != nil
    case .avx512: unsafe ferm_kernels_for(FERM_AVX512) != nil
    }
  }
}

/// The kernels of one instruction set.
@safe struct KernelTable: @unchecked Sendable {
  // SAFETY: the table is constant and lives as long as the program.
  let table: UnsafePointer<ferm_kernels>
  /// Floats of a register; maps lie in blocks of so many channels.
  let lanes: Int
  /// Outputs that a panel of packed weights holds.
  let columns: Int

  /// - Throws: `unsupported` when this processor lacks the instructions, `value` when `FERM_INSTRUCTIONS` is no word that
  ///   is known.
  init(_ instructions: Instructions) throws(FormatError) {
    let wanted: ferm_instructions
    switch instructions {
    case .portable: wanted = FERM_PORTABLE
    case .avx2: wanted = FERM_AVX2
    case .avx512: wanted = FERM_AVX512
    case .best:
      switch ferm_wanted_instructions() {
      case -1: wanted = ferm_best_instructions()
      case 0: wanted = FERM_PORTABLE
      case 1: wanted = FERM_AVX2
      case 2: wanted = FERM_AVX512
      default:
        throw FormatError(
          .value, "The environment variable FERM_INSTRUCTIONS must be portable, avx2 or avx512.")
      }
    }
    guard let table = unsafe ferm_kernels_for(wanted) else {
      throw FormatError(
        .unsupported, "This processor lacks the instructions asked for; leave the choice to the library.")
    }
    unsafe self.table = table
    lanes = unsafe Int(table.pointee.lanes)
    columns = unsafe Int(table.pointee.columns)
  }

  /// Registers that so many channels fill.
  func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
  /// Panels that so many outputs fill.
  func panels(_ outputs: Int) -> Int { (outputs + columns - 1) / columns }
}
