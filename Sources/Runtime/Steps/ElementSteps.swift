internal import FermFormat
internal import FermKernels

/// A rectifier that could not be fused into what comes before it.
struct ReLUStep: Sendable {
  var input: Place
  var output: Place

  func run(images: Int, in arena: Arena) {
    // SAFETY: input and output have the same shape, and the arena is large enough for both.
    let from = unsafe arena.floats(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(input.shape.count * images) { range in
      unsafe ferm_relu(from + range.lowerBound, to + range.lowerBound, range.count)
    }
  }
}

/// A batch norm that could not be folded: `x * scale + shift` by channel.
struct AffineStep: Sendable {
  var input: Place
  var output: Place
  let scale: [Float]
  let shift: [Float]

  func run(images: Int, in arena: Arena) {
    let plane = input.shape[1] * input.shape[2] * images
    // SAFETY: input and output have the same shape, and the arena is large enough for both.
    let from = unsafe arena.floats(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(input.shape[0]) { channels in
      for c in channels {
        unsafe ferm_affine(from + c * plane, to + c * plane, plane, scale[c], shift[c])
      }
    }
  }
}

/// A map as a vector, for what cannot read a map: `[C][N][H][W]` -> `[C * H * W][N]`.
struct FlattenStep: Sendable {
  var input: Place
  var output: Place

  func run(images: Int, in arena: Arena) {
    let pixels = input.shape[1] * input.shape[2]
    // SAFETY: both values have the same number of elements, and the arena is large enough for both.
    let from = unsafe arena.floats(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    for channel in 0..<input.shape[0] {
      for image in 0..<images {
        for pixel in 0..<pixels {
          unsafe to[(channel * pixels + pixel) * images + image] =
            from[(channel * images + image) * pixels + pixel]
        }
      }
    }
  }
}
