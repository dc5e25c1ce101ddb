internal import FermFormat
internal import FermKernels

/// The kernels of one instruction set.
@safe struct KernelTable: @unchecked Sendable {
  // SAFETY: the table is constant and lives as long as the program.
  let table: UnsafePointer<ferm_kernels>
  /// Floats of a register; maps lie in blocks of so many channels.
  let lanes: Int
  /// Outputs that a panel of packed weights holds.
  let columns: Int

  /// - Parameter instructions: nil for what the environment asks for, or else the best.
  /// - Throws: `unsupported` when this processor lacks the instructions, `value` when `FERM_INSTRUCTIONS` is no word that
  ///   is known.
  init(_ instructions: InstructionSet?) throws(FormatError) {
    let wanted: ferm_instructions
    switch instructions {
    case .portable: wanted = FERM_PORTABLE
    case .avx2: wanted = FERM_AVX2
    case .avx512: wanted = FERM_AVX512
    case nil:
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
