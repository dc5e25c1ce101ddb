package import FermFormat
package import FermKernels

/// The kernels of one instruction set, for runtime and trainer, and what they cost.
@safe package struct KernelTable: @unchecked Sendable {
  // SAFETY: the table is constant and lives as long as the program.
  package let table: UnsafePointer<ferm_kernels>
  /// Floats of a register; maps lie in blocks of so many channels.
  package let lanes: Int
  /// Outputs that a panel of packed weights holds.
  package let columns: Int

  /// - Parameter instructions: nil for what `FERM_INSTRUCTIONS` asks for, or else the best.
  /// - Throws: `unsupported` when this processor lacks the instructions, `value` when `FERM_INSTRUCTIONS` is no word that
  ///   is known.
  package init(_ instructions: InstructionSet?) throws(FormatError) {
    var isKnown: Int32 = 0
    guard let table = unsafe ferm_kernels_for(instructions?.rawValue, &isKnown) else {
      throw isKnown == 0
        ? FormatError(
          .value, "The environment variable FERM_INSTRUCTIONS must be \(InstructionSet.words).")
        : FormatError(
          .unsupported, "This processor lacks the instructions asked for; leave the choice to the library.")
    }
    unsafe self.init(table)
  }

  private init(_ table: UnsafePointer<ferm_kernels>) {
    unsafe self.table = table
    lanes = unsafe Int(table.pointee.lanes)
    columns = unsafe Int(table.pointee.columns)
  }

  /// Plain C, which every processor has.
  package static var portable: KernelTable { unsafe KernelTable(ferm_portable_kernels()) }

  /// Registers that so many channels fill.
  package func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
  /// Panels that so many outputs fill.
  package func panels(_ outputs: Int) -> Int { (outputs + columns - 1) / columns }
}

/// What the kernels cost, as it was measured: cycles of one thread.
extension KernelTable {
  /// A step of a product's depth, for one row of a panel.
  package var rowCycles: Double { unsafe table.pointee.costs.row }
  /// Bytes of weights that come from beyond a core's caches in a cycle, while a neighbour has as many.
  package var bytesPerCycle: Double { unsafe table.pointee.costs.bytes }

  /// The transforms of a register of a tile of F(m,3); nil where there are no such tiles.
  package func tileCycles(m: Int) -> (inward: Double, outward: Double)? {
    // SAFETY: the table has FERM_TILE_SIZES costs.
    unsafe withUnsafeBytes(of: table.pointee.costs.tiles) { tiles in
      unsafe ferm_tile_cost_of(tiles.assumingMemoryBound(to: ferm_tile_cost.self).baseAddress, Int32(m))
        .map { (inward: unsafe Double($0.pointee.inward), outward: unsafe Double($0.pointee.outward)) }
    }
  }
}
