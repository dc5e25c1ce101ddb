internal import FermFormat
internal import FermKernels

/// Operators that work on each element or pixel by itself, on values in blocks.
enum ElementwiseLayers {
  /// `1 / (1 + exp(-x))`.
  static func sigmoid(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    unsafe eachImage(input, output, images, arena) { from, to in
      unsafe ferm_sigmoid(from, to, output.stride)
      // The function is 1/2 where no channel is.
      unsafe ferm_clear_lanes(to, Int32(output.shape[0]), Int32(arena.kernels.lanes), Int32(output.pixels))
    }
  }

  /// `x / (1 + exp(-x))`.
  static func silu(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    unsafe eachImage(input, output, images, arena) { from, to in unsafe ferm_silu(from, to, output.stride) }
  }

  /// `exp(x)` over the sum of all channels.
  static func softmax(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    unsafe eachImage(input, output, images, arena) { from, to in
      unsafe ferm_softmax(
        from, to, Int32(output.shape[0]), Int32(arena.kernels.lanes), Int32(output.pixels))
    }
  }

  /// The sum or product of two values, with broadcast.
  static func combine(_ step: Step, images: Int, in arena: Arena) {
    guard let other = step.second else { return }
    let (input, output) = (step.input, step.output)
    let multiply: Int32 = if case .multiply = step.action { 1 } else { 0 }
    let (a, b, c) = (input.extents, other.extents, output.extents)
    // SAFETY: shapes were validated, and the arena is large enough for all three values.
    let left = unsafe arena.source(input, images: images)
    let right = unsafe arena.source(other, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(images) { range in
      for image in range {
        unsafe ferm_combine(
          multiply, left + image * input.stride, a, right + image * other.stride, b,
          to + image * output.stride, c, Int32(arena.kernels.lanes))
      }
    }
  }

  @unsafe private static func eachImage(
    _ input: Place, _ output: Place, _ images: Int, _ arena: Arena,
    _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    // SAFETY: both values have the same shape, and the arena is large enough for them.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(images) { range in
      for image in range { unsafe body(from + image * input.stride, to + image * output.stride) }
    }
  }
}

extension AveragePool {
  func run(_ input: Place, _ output: Place, images: Int, in arena: Arena) {
    let window = [Int32(window.height), Int32(window.width)]
    let step = [Int32(stride.height), Int32(stride.width)]
    let pad = [Int32(padding.top), Int32(padding.left)]
    let blocks = arena.kernels.blocks(input.shape[0])
    // SAFETY: shapes were validated and the arena is large enough for them.
    let from = unsafe arena.source(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(blocks * images) { planes in
      unsafe ferm_window_average(
        from, input.stride, to, output.stride, Int32(blocks), Int32(arena.kernels.lanes), planes.lowerBound,
        planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]), Int32(output.shape[1]),
        Int32(output.shape[2]), window, step, pad, Int32(countPadding))
    }
  }
}

extension Place {
  /// Channels, height and width, for C.
  fileprivate var extents: [Int32] { shape.dimensions.map { Int32($0) } }
}
