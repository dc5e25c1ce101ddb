internal import FermFormat
internal import FermKernels

/// The largest value of each window.
struct MaxPoolStep: Sendable {
  var input: Place
  var output: Place
  let definition: MaxPool

  func run(images: Int, in arena: Arena) {
    let window = [Int32(definition.window.height), Int32(definition.window.width)]
    let stride = [Int32(definition.stride.height), Int32(definition.stride.width)]
    let pad = [Int32(definition.padding.top), Int32(definition.padding.left)]
    // SAFETY: shapes were validated and the arena is large enough for them.
    let from = unsafe arena.floats(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(input.shape[0] * images) { planes in
      unsafe ferm_max_pool(
        from, to, planes.lowerBound, planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]),
        Int32(output.shape[1]), Int32(output.shape[2]), window, stride, pad)
    }
  }
}

/// The mean of each region.
struct AveragePoolStep: Sendable {
  var input: Place
  var output: Place

  func run(images: Int, in arena: Arena) {
    // SAFETY: shapes were validated and the arena is large enough for them.
    let from = unsafe arena.floats(input, images: images)
    let to = unsafe arena.floats(output, images: images)
    arena.share(input.shape[0] * images) { planes in
      unsafe ferm_average_pool(
        from, to, planes.lowerBound, planes.upperBound, Int32(input.shape[1]), Int32(input.shape[2]),
        Int32(output.shape[1]), Int32(output.shape[2]))
    }
  }
}
