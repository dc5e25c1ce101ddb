internal import FermFormat
internal import FermKernels

extension MapTask {
  private var pixels: Int32 { unsafe Int32(step.output.pixels) }
  private var channels: Int32 { unsafe Int32(step.output.shape[0]) }

  private var lanes: Int32 { unsafe Int32(kernels.lanes) }

  /// `max(x, 0)`.
  func relu(_ image: Int) {
    unsafe kernels.table.pointee.relu(input(image), output(image), step.output.pitch)
  }

  /// `x / (1 + exp(-x))`.
  func silu(_ image: Int) {
    unsafe kernels.table.pointee.silu(input(image), output(image), step.output.pitch)
  }

  /// `1 / (1 + exp(-x))`.
  func sigmoid(_ image: Int) {
    unsafe kernels.table.pointee.sigmoid(input(image), output(image), step.output.pitch)
    // The function is 1/2 where no channel is.
    unsafe ferm_clear_lanes(output(image), channels, lanes, pixels)
  }

  /// `exp(x)` over the sum of all channels.
  func softmax(_ image: Int) {
    unsafe kernels.table.pointee.softmax(input(image), output(image), channels, lanes, pixels)
  }

  /// A batch norm that could not be folded.
  func affine(_ layer: AffineLayer, _ image: Int) {
    unsafe kernels.table.pointee.affine(
      input(image), output(image), Int32(blocks), pixels, layer.scale, layer.shift)
  }

  /// The sum or product of two values, with broadcast.
  func combine(multiplying: Bool, _ image: Int) {
    guard let other = unsafe step.second, let second = unsafe second else { return }
    unsafe kernels.table.pointee.combine(
      multiplying ? 1 : 0, input(image), step.input.extents, second + image * other.pitch, other.extents,
      output(image), step.output.extents)
  }

  /// A map as a vector, for what cannot read a map: `[C, H, W]` -> `[C * H * W]`.
  func flatten(_ image: Int) {
    // SAFETY: both values have the same number of elements, and a vector in blocks is contiguous.
    unsafe output(image).update(repeating: 0, count: step.output.pitch)
    unsafe ferm_unpack_blocks(
      input(image), output(image), Int32(step.input.shape[0]), lanes, Int32(step.input.pixels))
  }

  /// The caller's planar input in blocks.
  func pack(_ image: Int) {
    unsafe ferm_pack_blocks(input(image), output(image), channels, lanes, pixels)
  }
}

/// A batch norm that could not be folded: `x * scale + shift` by channel.
struct AffineLayer: Sendable {
  /// Filled up to whole blocks with zeros.
  let scale: [Float]
  let shift: [Float]

  init(_ norm: FoldedNorm, kernels: KernelTable) {
    let channels = norm.scale.count
    let zeros = [Float](repeating: 0, count: kernels.blocks(channels) * kernels.lanes - channels)
    scale = norm.scale.map { Float($0) } + zeros
    shift = norm.shift.map { Float($0) } + zeros
  }
}

extension Place {
  fileprivate var extents: ferm_extents {
    ferm_extents(of: (Int32(shape[0]), Int32(shape[1]), Int32(shape[2])))
  }
}
