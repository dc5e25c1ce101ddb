internal import FermFormat
internal import FermKernels

/// A convolution as a matrix product, with bias and ReLU in its last pass; a fully connected layer is one whose window
/// is the whole map.
struct ConvolutionStep: Sendable {
  var input: Place
  var output: Place
  /// Filters as loaded: `[O][C / groups][kH][kW]` with its shape.
  let window: Extent
  let stride: Extent
  let padding: Padding
  let groups: Int
  let relu: Bool
  private let weights: AlignedBytes
  private let bias: AlignedBytes

  /// Packs the filters.
  init(
    input: Place, output: Place, filters: Filters, stride: Extent = Extent(1), padding: Padding = Padding(),
    groups: Int = 1, relu: Bool
  ) throws(FormatError) {
    self.input = input
    self.output = output
    self.window = filters.window
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.relu = relu
    let outputs = filters.outputs / groups
    let depth = filters.depth
    let size = ferm_convolution_packed(Int32(outputs), Int32(depth))
    weights = try AlignedBytes(count: 4 * size * groups)
    bias = try AlignedBytes(count: 4 * filters.outputs)
    let packed = unsafe weights.mutableBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    // SAFETY: each group reads outputs * depth numbers and writes size numbers, within both buffers.
    unsafe filters.weights.withUnsafeBufferPointer { raw in
      guard let start = raw.baseAddress else { return }
      for group in 0..<groups {
        unsafe ferm_convolution_pack(
          start + group * outputs * depth, Int32(outputs), Int32(depth), packed + group * size)
      }
    }
    for (i, value) in filters.bias.enumerated() {
      unsafe bias.mutableBytes.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
    }
  }

  func run(images: Int, in arena: Arena) {
    let outputs = output.shape[0] / groups
    let size = ferm_convolution_packed(
      Int32(outputs), Int32(input.shape[0] / groups * window.height * window.width))
    for group in 0..<groups {
      var task = unsafe ferm_convolution()
      unsafe task.isa = arena.isa
      unsafe task.parts = Int32(arena.workers.count)
      unsafe task.channels = Int32(input.shape[0] / groups)
      unsafe task.images = Int32(images)
      unsafe task.height = Int32(input.shape[1])
      unsafe task.width = Int32(input.shape[2])
      unsafe task.outputs = Int32(outputs)
      unsafe task.out_height = Int32(output.shape[1])
      unsafe task.out_width = Int32(output.shape[2])
      unsafe task.kernel_height = Int32(window.height)
      unsafe task.kernel_width = Int32(window.width)
      unsafe task.stride_height = Int32(stride.height)
      unsafe task.stride_width = Int32(stride.width)
      unsafe task.pad_top = Int32(padding.top)
      unsafe task.pad_left = Int32(padding.left)
      unsafe task.group = Int32(group)
      unsafe task.relu = relu ? 1 : 0
      // SAFETY: shapes were validated and the arena is large enough for them; weights and bias live in self.
      unsafe task.weights =
        UnsafePointer(weights.bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)) + group
        * size
      unsafe task.bias = UnsafePointer(
        bias.bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self))
      unsafe task.input = UnsafePointer(arena.floats(input, images: images))
      unsafe task.output = arena.floats(output, images: images)
      unsafe task.scratch = arena.scratch
      unsafe withUnsafeMutablePointer(to: &task) { task in
        arena.workers.forEach(arena.workers.count) { part in unsafe ferm_convolution_task(task, part) }
      }
    }
  }
}

/// Weights `[O][depth]` and a bias for each output, in fp32, ready for packing.
struct Filters {
  var weights: [Float]
  var bias: [Float]
  let outputs: Int
  let depth: Int
  let window: Extent

  /// Folds `y * scale + shift` (by output) into weights and bias; in fp64, rounded once.
  mutating func fold(scale: [Double], shift: [Double]) {
    for output in 0..<outputs {
      for k in 0..<depth {
        let i = output * depth + k
        weights[i] = Float(Double(weights[i]) * scale[output])
      }
      bias[output] = Float(Double(bias[output]) * scale[output] + shift[output])
    }
  }
}
