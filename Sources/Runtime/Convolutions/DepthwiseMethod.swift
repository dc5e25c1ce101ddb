internal import FermFormat
internal import FermKernels

/// A convolution whose outputs each see their own input channel alone: a register holds a pixel of as many channels as it has
/// lanes, and none of them is wasted.
struct DepthwiseMethod: ConvolutionMethod {
  let layer: FusedConvolution
  let kernels: KernelTable

  /// Nil for all others, for the caller's planar input, and for narrow products, as there is nothing to sum in pairs.
  init?(_ layer: FusedConvolution, _ kernels: KernelTable) {
    guard layer.shape.isDepthwise, !layer.isPlanar, !layer.pool, !kernels.isNarrow else { return nil }
    self.layer = layer
    self.kernels = kernels
  }

  var name: String { "depthwise" }
  var filterBytes: Int { 0 }

  func cost(images: Int) -> ConvolutionCost {
    ConvolutionCost(depthwise: layer.shape, images: images, kernels: kernels)
  }

  /// A few images have fewer planes than keep all threads equally busy.
  func group(batch: Int) -> Int? { batch < 4 ? nil : 1 }

  func memory(batch: Int, images: Int) -> StepMemory { StepMemory() }

  func prepare(_ session: ConvolutionSession) throws(FormatError) -> DepthwiseRun {
    try DepthwiseRun(self, session)
  }

  /// Floats of packed filters, in whole registers of channels.
  static func filters(_ shape: ConvolutionShape, lanes: Int) -> Int64 {
    Int64(shape.channels.inWhole(lanes)) * Int64(shape.taps)
  }

  /// Puts the filters into blocks of channels.
  func pack(_ packing: PackingThreads) throws(FormatError) -> AlignedBytes {
    let shape = layer.shape
    let floats = Int(Self.filters(shape, lanes: kernels.lanes))
    let packed = try AlignedBytes(count: 4 * floats, on: packing.workers)
    try unsafe layer.filters.forEachPanel(of: kernels.columns, by: packing) { panel, filters in
      let first = panel * kernels.columns
      // SAFETY: the layer has a window for each output; packed has room for every block, and each call writes its own channels.
      unsafe ferm_depthwise_pack(
        kernels.table, filters, Int32(first), Int32(min(kernels.columns, shape.outputs - first)),
        Int32(shape.taps), packed.floats)
    }
    return packed
  }
}

/// A depthwise convolution, ready to run in one session.
@safe struct DepthwiseRun: ConvolutionRun {
  private let input: Place
  private let addend: Place?
  private let output: Place
  private let task: ferm_depthwise
  private let kernel: Kernel
  // These keep what the task points to.
  private let weights: PackedWeights
  private let layer: FusedConvolution

  init(_ method: DepthwiseMethod, _ session: ConvolutionSession) throws(FormatError) {
    let (shape, kernels) = (method.layer.shape, method.kernels)
    layer = method.layer
    (input, addend, output) = (session.input, session.addend, session.output)
    unsafe kernel = kernels.table.pointee.depthwise
    weights = try layer.filters.packed(
      as: .init(method: method.name, precision: .fp32, lanes: kernels.lanes)
    ) { () throws(FormatError) in try method.pack(session.packing) }

    var task = unsafe ferm_depthwise()
    unsafe task.height = Int32(shape.size.height)
    unsafe task.width = Int32(shape.size.width)
    unsafe task.blocks = Int32(kernels.blocks(shape.channels))
    unsafe task.out_height = Int32(shape.outSize.height)
    unsafe task.out_width = Int32(shape.outSize.width)
    unsafe task.relu = layer.relu ? 1 : 0
    unsafe task.ending = layer.ending.task(adding: addend, lanes: kernels.lanes)
    unsafe task.window = (Int32(shape.window.height), Int32(shape.window.width))
    unsafe task.stride = (Int32(shape.stride.height), Int32(shape.stride.width))
    unsafe task.step = (Int32(shape.dilation.height), Int32(shape.dilation.width))
    unsafe task.pad = (Int32(shape.padding.top), Int32(shape.padding.left))
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    unsafe task.filters = UnsafePointer(weights.floats)
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe self.task = task
  }

  var weightBytes: Int { weights.count + layer.filters.byteCount }

  func run(images: Int, in context: ExecutionContext) {
    var task = unsafe self.task
    unsafe task.images = Int32(images)
    // SAFETY: the places are those that the task was made for, and its filters live in self.
    unsafe task.input = context.source(input, images: images)
    unsafe task.output = context.floats(output, images: images)
    unsafe task.ending.addend = addend.map { unsafe context.source($0, images: images) }
    unsafe withUnsafeMutablePointer(to: &task) { task in unsafe context.onEachThread(kernel, task) }
  }
}
