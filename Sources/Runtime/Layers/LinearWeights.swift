internal import FermFormat
internal import FermKernels

/// The sizes of a fully connected layer whose input may be a map as it lies.
struct LinearShape {
  let outputs: Int
  /// Of the input, and pixels of each.
  let channels: Int
  let pixels: Int

  /// Inputs in whole registers.
  func depth(_ kernels: KernelTable) -> Int { kernels.blocks(channels) * kernels.lanes * pixels }
}

/// A fully connected layer's weights: of the type that the file has, in the order of the kernels, and what narrow products need
/// beside.
///
/// Layers that take one tensor in one way share them.
@safe final class LinearWeights: Sendable {
  let type: ElementType
  let outputs: Int
  /// Inputs in whole registers.
  let depth: Int
  /// Panels, as `ferm_linear_pack` makes them.
  let packed: AlignedBytes
  private let forms = PackedForms()

  /// Packs a tensor's elements `[O][C][H][W]` for an input that lies in blocks.
  convenience init(
    _ weight: Model.Weight, _ shape: LinearShape, _ kernels: KernelTable
  ) throws(FormatError) {
    let width = weight.info.type.width
    let packed = try AlignedBytes(
      count: width * kernels.panels(shape.outputs) * kernels.columns * shape.depth(kernels))
    // SAFETY: there are outputs * channels * pixels weights, which live until they are packed, in room for all panels.
    defer { withExtendedLifetime(weight) {} }
    unsafe ferm_linear_pack(
      kernels.table, weight.elements.baseAddress, Int32(width), Int32(shape.outputs), Int32(shape.channels),
      Int32(shape.pixels), packed.mutableBytes.baseAddress)
    self.init(packed, weight.info.type, outputs: shape.outputs, depth: shape.depth(kernels))
  }

  private init(_ packed: AlignedBytes, _ type: ElementType, outputs: Int, depth: Int) {
    self.packed = packed
    self.type = type
    self.outputs = outputs
    self.depth = depth
  }

  /// Numbers of a unit of narrow products.
  var inUnit: Int { type == .int8 ? 4 : 2 }

  /// What narrow products read beside the packed weights, or in their place: sums of int8, and fp32 and fp16 as pairs of bf16; nil
  /// for bf16, which lie in pairs as they are.
  func narrowForm(_ kernels: KernelTable, _ workers: Workers) throws(FormatError) -> PackedWeights? {
    switch type {
    case .bf16: return nil
    case .int8:
      return try forms.use(.init(method: "linear", precision: .int8)) { () throws(FormatError) in
        try sums(kernels, workers)
      }
    case .fp32, .fp16:
      return try forms.use(.init(method: "linear", precision: .bf16)) { () throws(FormatError) in
        try pairs(kernels, workers)
      }
    }
  }

  private func sums(_ kernels: KernelTable, _ workers: Workers) throws(FormatError) -> AlignedBytes {
    let panels = kernels.panels(outputs)
    let parts = (depth / inUnit + Int(FERM_EXACT_FOURS) - 1) / Int(FERM_EXACT_FOURS)
    let sums = try AlignedBytes(count: 4 * parts * panels * kernels.columns)
    workers.forEach(panels) { panel in
      // SAFETY: each call reads one panel and writes the sums of its columns, for which there is room.
      unsafe ferm_linear_sums(
        kernels.table, packed.bytes.baseAddress, Int32(depth), Int32(panels), Int32(panel), sums.integers)
    }
    return sums
  }

  private func pairs(_ kernels: KernelTable, _ workers: Workers) throws(FormatError) -> AlignedBytes {
    let panels = kernels.panels(outputs)
    let pairs = try AlignedBytes(count: 2 * panels * kernels.columns * depth)
    workers.forEach(panels) { panel in
      // SAFETY: each call reads one panel and writes the same one, in memory that has room for all of them.
      unsafe ferm_linear_pairs(
        kernels.table, Int32(type.code), packed.bytes.baseAddress, Int32(depth), Int32(panel),
        pairs.mutableBytes.baseAddress)
    }
    return pairs
  }
}

extension ElementType {
  /// What the kernels call the type.
  var code: UInt32 {
    switch self {
    case .fp32: UInt32(FERM_FP32)
    case .fp16: UInt32(FERM_FP16)
    case .bf16: UInt32(FERM_BF16)
    case .int8: UInt32(FERM_INT8)
    }
  }
}
