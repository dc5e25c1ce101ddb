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

/// A fully connected layer, with bias and ReLU: packed once, for sessions of every size.
@safe struct FusedLinear: Sendable {
  private let outputs: Int
  private let depth: Int
  private let relu: Bool
  private let type: Int
  private let weights: AlignedBytes
  private let bias: AlignedBytes
  private let scale: AlignedBytes?

  /// Makes a layer of weights that are packed.
  ///
  /// They keep their type in memory, and narrow ones are widened in registers.
  /// - Parameter scale: multiplies each output's sum; nothing is multiplied when it is empty.
  init(
    _ packed: AlignedBytes, _ type: ElementType, _ shape: LinearShape, bias: [Float], scale: [Double],
    relu: Bool, kernels: KernelTable
  ) throws(FormatError) {
    let code: UInt32 =
      switch type {
      case .fp32: UInt32(FERM_FP32)
      case .fp16: UInt32(FERM_FP16)
      case .bf16: UInt32(FERM_BF16)
      case .int8: UInt32(FERM_INT8)
      }
    self.type = Int(code)
    outputs = shape.outputs
    depth = shape.depth(kernels)
    self.relu = relu
    weights = packed
    let columns = kernels.panels(shape.outputs) * kernels.columns
    self.scale = scale.isEmpty ? nil : try AlignedBytes(scale.map { Float($0) }, count: columns)
    self.bias = try AlignedBytes(bias, count: columns)
  }

  /// Bytes of packed weights.
  var weightBytes: Int { weights.count }

  /// Packs a tensor's elements `[O][C][H][W]` for an input that lies in blocks.
  static func pack(
    _ weight: Model.Weight, _ shape: LinearShape, _ kernels: KernelTable
  ) throws(FormatError) -> AlignedBytes {
    let width = weight.info.type.width
    let packed = try AlignedBytes(
      count: width * kernels.panels(shape.outputs) * kernels.columns * shape.depth(kernels))
    // SAFETY: there are outputs * channels * pixels weights, which live until they are packed, in room for all panels.
    defer { withExtendedLifetime(weight) {} }
    unsafe ferm_linear_pack(
      kernels.table, weight.elements.baseAddress, Int32(width), Int32(shape.outputs), Int32(shape.channels),
      Int32(shape.pixels), packed.mutableBytes.baseAddress)
    return packed
  }

  func run(_ input: Place, _ output: Place, images: Int, in context: ExecutionContext) {
    var task = unsafe ferm_linear()
    unsafe task.images = Int32(images)
    unsafe task.depth = Int32(depth)
    unsafe task.panels = Int32(context.kernels.panels(outputs))
    unsafe task.out_blocks = Int32(context.kernels.blocks(outputs))
    unsafe task.relu = relu ? 1 : 0
    unsafe task.type = Int32(type)
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    // SAFETY: shapes were validated and the context is large enough for them; weights, bias and scale live in self.
    unsafe task.input = context.source(input, images: images)
    unsafe task.output = context.floats(output, images: images)
    unsafe task.weights = weights.bytes.baseAddress
    unsafe task.bias = UnsafePointer(bias.floats)
    unsafe task.scale = scale.map { unsafe UnsafePointer($0.floats) }
    let table = unsafe context.kernels.table
    unsafe withUnsafeMutablePointer(to: &task) { task in
      unsafe context.onEachThread(table.pointee.linear, task)
    }
  }
}
