internal import FermRuntime

/// What the numbers are that a training step multiplies; weights, sums, normalisation, loss and optimiser are fp32 with each.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  /// fp32.
  case fp32
  /// bf16, in convolutions and fully connected layers of the fast engine: their inputs, weights and gradients are rounded to 8
  /// bits of mantissa, twice as many are multiplied at a time, and the products are summed in fp32.
  case bf16

  /// Whether this processor has the instructions.
  public var isAvailable: Bool { self == .fp32 || KernelTable.chosen?.narrow != nil }

  /// The fastest one that this processor has the instructions for; docs/recipes.md compares where they end.
  public static var fastest: TrainingPrecision { bf16.isAvailable ? .bf16 : .fp32 }
}
