internal import FermKernels
internal import FermRuntime
internal import FermTrainKernels

extension KernelTable {
  /// Those that `FERM_INSTRUCTIONS` asks for, or the best; nil where it asks for what is not there.
  static let chosen = try? KernelTable(nil)
  /// For single elements, which the plain engine computes by them too: the bits are the same with every instruction set.
  static let elements = chosen ?? portable

  /// What training needs beside the runtime's kernels, of the same instruction set.
  var training: UnsafePointer<ferm_training_kernels> { unsafe ferm_training_kernels_of(table) }

  /// What multiplies in training.
  var products: ferm_training_products {
    if isNarrow, let narrow = unsafe ferm_narrow_training_kernels_of(table) { return unsafe narrow.pointee }
    return unsafe training.pointee.products
  }

  /// The transforms of a register of a tile of F(m,3) while a step's maps fill the caches; nil where there are no such tiles.
  func trainingTileCycles(m: Int) -> (inward: Int, outward: Int)? {
    // SAFETY: the table has FERM_TILE_SIZES costs.
    unsafe withUnsafeBytes(of: products.tiles) { tiles in
      unsafe ferm_tile_cost_of(tiles.assumingMemoryBound(to: ferm_tile_cost.self).baseAddress, Int32(m))
        .map { unsafe (inward: Int($0.pointee.inward), outward: Int($0.pointee.outward)) }
    }
  }
}
