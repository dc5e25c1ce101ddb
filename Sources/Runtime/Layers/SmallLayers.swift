internal import FermFormat
internal import FermKernels

/// A batch norm that could not be folded: `x * scale + shift` by channel.
struct AffineLayer: Sendable {
  /// Filled up to whole blocks with zeros.
  let scale: [Float]
  let shift: [Float]

  init(scale: [Double], shift: [Double], kernels: KernelTable) {
    let zeros = [Float](repeating: 0, count: kernels.blocks(scale.count) * kernels.lanes - scale.count)
    self.scale = scale.map { Float($0) } + zeros
    self.shift = shift.map { Float($0) } + zeros
  }

  func run(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    let blocks = Int32(arena.kernels.blocks(input.shape[0]))
    // SAFETY: input and output have the same shape, and the arena is large enough for both.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(images) { range in
      for image in range {
        unsafe ferm_affine(
          from + image * input.stride, to + image * output.stride, blocks, Int32(arena.kernels.lanes),
          Int32(input.pixels), scale, shift)
      }
    }
  }
}

extension MaxPool {
  func run(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    let window = [Int32(window.height), Int32(window.width)]
    let step = [Int32(stride.height), Int32(stride.width)]
    let pad = [Int32(padding.top), Int32(padding.left)]
    let blocks = arena.kernels.blocks(input.shape[0])
    // SAFETY: shapes were validated and the arena is large enough for them.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(blocks * images) { planes in
      unsafe ferm_max_pool(
        from, input.stride, to, output.stride, Int32(blocks), Int32(arena.kernels.lanes), planes.lowerBound,
        planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
        Int32(output.shape[2]), window, step, pad)
    }
  }
}

/// Operators without weights, on values in blocks.
enum SmallLayers {
  /// The mean of each region.
  static func averagePool(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    let blocks = arena.kernels.blocks(input.shape[0])
    // SAFETY: shapes were validated and the arena is large enough for them.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(blocks * images) { planes in
      unsafe ferm_average_pool(
        from, input.stride, to, output.stride, Int32(blocks), Int32(arena.kernels.lanes), planes.lowerBound,
        planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
        Int32(output.shape[2]))
    }
  }

  /// A rectifier that could not be fused into what comes before it.
  static func relu(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    // SAFETY: input and output have the same shape and stride, and the arena is large enough for both.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(input.stride * images) { range in
      unsafe ferm_relu(from + range.lowerBound, to + range.lowerBound, range.count)
    }
  }

  /// A map as a vector, for what cannot read a map: `[C, H, W]` -> `[C * H * W]`.
  static func flatten(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    // SAFETY: both values have the same number of elements, and a vector in blocks is contiguous.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    for image in 0..<images {
      let vector = unsafe to + image * output.stride
      unsafe vector.update(repeating: 0, count: output.stride)
      unsafe ferm_unpack_blocks(
        from + image * input.stride, vector, Int32(input.shape[0]), Int32(arena.kernels.lanes),
        Int32(input.pixels))
    }
  }

  /// The caller's planar input in blocks.
  static func pack(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    // SAFETY: both values have the same shape, and the arena is large enough for the output.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    for image in 0..<images {
      unsafe ferm_pack_blocks(
        from + image * input.stride, to + image * output.stride, Int32(input.shape[0]),
        Int32(arena.kernels.lanes), Int32(input.pixels))
    }
  }
}
