internal import FermFormat
internal import FermKernels

extension MapTask {
  private var pixels: Int32 { unsafe Int32(step.output.pixels) }
  private var channels: Int32 { unsafe Int32(step.output.shape[0]) }

  /// `1 / (1 + exp(-x))`.
  func sigmoid(_ image: Int) {
    unsafe ferm_sigmoid(input(image), output(image), step.output.stride)
    // The function is 1/2 where no channel is.
    unsafe ferm_clear_lanes(output(image), channels, Int32(lanes), pixels)
  }

  /// `exp(x)` over the sum of all channels.
  func softmax(_ image: Int) {
    unsafe ferm_softmax(input(image), output(image), channels, Int32(lanes), pixels)
  }

  /// A batch norm that could not be folded.
  func affine(_ layer: AffineLayer, _ image: Int) {
    unsafe ferm_affine(
      input(image), output(image), Int32(blocks), Int32(lanes), pixels, layer.scale, layer.shift)
  }

  /// The sum or product of two values, with broadcast.
  func combine(multiplying: Bool, _ image: Int) {
    guard let other = unsafe step.second, let second = unsafe second else { return }
    unsafe ferm_combine(
      multiplying ? 1 : 0, input(image), step.input.extents, second + image * other.stride, other.extents,
      output(image), step.output.extents, Int32(lanes))
  }

  /// A map as a vector, for what cannot read a map: `[C, H, W]` -> `[C * H * W]`.
  func flatten(_ image: Int) {
    // SAFETY: both values have the same number of elements, and a vector in blocks is contiguous.
    unsafe output(image).update(repeating: 0, count: step.output.stride)
    unsafe ferm_unpack_blocks(
      input(image), output(image), Int32(step.input.shape[0]), Int32(lanes), Int32(step.input.pixels))
  }

  /// The caller's planar input in blocks.
  func pack(_ image: Int) {
    unsafe ferm_pack_blocks(input(image), output(image), channels, Int32(lanes), pixels)
  }
}

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
}

extension Place {
  fileprivate var extents: ferm_extents {
    ferm_extents(of: (Int32(shape[0]), Int32(shape[1]), Int32(shape[2])))
  }
}
