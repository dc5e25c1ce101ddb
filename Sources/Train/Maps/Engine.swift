internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

/// How a training pass computes.
public enum Engine: Sendable {
  /// Maps stay in the kernels' layout: Winograd's algorithm in all three passes, fused normalisation.
  case fast
  /// Row-major tensors, unrolled windows and OpenBLAS: short, and what the fast engine is checked against.
  case plain
}

/// The C loops of one instruction set.
struct TrainKernels: @unchecked Sendable {
  // SAFETY: the tables are constant and live as long as the program.
  let runtime: UnsafePointer<ferm_kernels>
  let training: UnsafePointer<ferm_training_kernels>
  /// Floats of a register; maps lie in blocks of so many channels.
  let lanes: Int
  /// Outputs that a panel of packed weights holds.
  let columns: Int

  /// Those that `FERM_INSTRUCTIONS` asks for, or the best; nil where it asks for what is not there.
  static let chosen = TrainKernels(nil)

  /// Nil where this processor lacks the instructions.
  init?(_ instructions: InstructionSet?) {
    let wanted: ferm_instructions
    switch (instructions, ferm_wanted_instructions()) {
    case (.portable, _), (nil, 0): wanted = FERM_PORTABLE
    case (.avx2, _), (nil, 1): wanted = FERM_AVX2
    case (.avx512, _), (nil, 2): wanted = FERM_AVX512
    case (nil, -1): wanted = ferm_best_instructions()
    case (nil, _): return nil
    }
    guard let runtime = ferm_kernels_for(wanted), let training = ferm_training_kernels_for(wanted)
    else { return nil }
    self.runtime = runtime
    self.training = training
    lanes = Int(runtime.pointee.lanes)
    columns = Int(runtime.pointee.columns)
  }

  /// Registers that so many channels fill.
  func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
  /// Panels that so many outputs fill.
  func panels(_ outputs: Int) -> Int { (outputs + columns - 1) / columns }
}
