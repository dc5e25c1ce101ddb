package import FermFormat
package import FermKernels

/// The kernels of one instruction set and kind of products, for runtime and trainer, and what they cost.
@safe package struct KernelTable: @unchecked Sendable {
  // SAFETY: the tables are constant and live as long as the program.
  package let table: UnsafePointer<ferm_kernels>
  /// Those that multiply narrow numbers, where these are to be used; nil for products in fp32.
  package let narrowTable: UnsafePointer<ferm_narrow_kernels>?
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

  private init(_ table: UnsafePointer<ferm_kernels>, narrow: UnsafePointer<ferm_narrow_kernels>? = nil) {
    unsafe self.table = table
    unsafe narrowTable = narrow
    lanes = unsafe Int(table.pointee.lanes)
    columns = unsafe Int(table.pointee.columns)
  }

  /// Plain C, which every processor has.
  package static var portable: KernelTable { unsafe KernelTable(ferm_portable_kernels()) }

  /// The same instruction set with narrow products; nil where this processor has none.
  package var narrow: KernelTable? {
    unsafe ferm_narrow_kernels_of(table).map { unsafe KernelTable(table, narrow: $0) }
  }
  /// Whether products are of narrow numbers.
  package var isNarrow: Bool { unsafe narrowTable != nil }
  /// Numbers that a step of a product takes from each row: one float, or a pair of bf16.
  package var inUnit: Int { isNarrow ? 2 : 1 }

  /// The precision that a session has which asks for this one.
  func inEffect(_ precision: Precision) -> Precision { narrow == nil ? .exact : precision }
  /// The kinds of products that a precision allows, the fastest first.
  func variants(_ precision: Precision) -> [KernelTable] {
    (precision == .fast ? [narrow].compactMap { $0 } : []) + [self]
  }

  /// The kind of products that fully connected layers use: narrow wherever the precision allows them.
  func forLinear(_ precision: Precision) -> KernelTable { variants(precision).first ?? self }

  /// Registers that so many channels fill.
  package func blocks(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }
  /// Panels that so many outputs fill.
  package func panels(_ outputs: Int) -> Int { (outputs + columns - 1) / columns }
}

/// What the kernels cost, as it was measured: cycles of one thread.
extension KernelTable {
  /// A step of a product's depth, for one row of a panel.
  package var rowCycles: Double { costs.row }
  /// Bytes of weights that come from beyond a core's caches in a cycle, while a neighbour has as many.
  package var bytesPerCycle: Double { costs.bytes }

  private var costs: ferm_costs { products.costs }

  /// The transforms of a register of a tile of F(m,3); nil where there are no such tiles.
  package func tileCycles(m: Int) -> (inward: Double, outward: Double)? {
    // SAFETY: the table has FERM_TILE_SIZES costs.
    unsafe withUnsafeBytes(of: costs.tiles) { tiles in
      unsafe ferm_tile_cost_of(tiles.assumingMemoryBound(to: ferm_tile_cost.self).baseAddress, Int32(m))
        .map { (inward: unsafe Double($0.pointee.inward), outward: unsafe Double($0.pointee.outward)) }
    }
  }
}

/// A kernel that hands out a task's pieces of work until none is left.
package typealias Kernel = @convention(c) (UnsafeMutableRawPointer?, Int) -> Void
/// The kernels of a task: one whose threads work for themselves; or, where they share, one that makes what they share and one
/// that uses it.
package typealias TaskKernels = (alone: Kernel, make: Kernel, use: Kernel)

extension KernelTable {
  /// What multiplies.
  private var products: ferm_products { unsafe narrowTable?.pointee ?? table.pointee.products }

  /// Winograd's algorithm.
  package var winograd: TaskKernels {
    let products = products
    return unsafe (products.winograd, products.winograd_transform, products.winograd_multiply)
  }

  /// Convolution by its definition.
  var direct: TaskKernels {
    let products = products
    return unsafe (products.direct, products.direct_pad, products.direct_multiply)
  }

  /// Fully connected layers.
  var linear: Kernel { unsafe products.linear }
  /// What makes their input narrow; nothing in fp32.
  var linearRows: Kernel { unsafe products.linear_rows ?? { _, _ in } }
}
