internal import FermFormat
internal import FermKernels

/// A fully connected layer, ready to run in one session: in fp32 whatever the weights' type, or where products are narrow, with
/// bytes for weights of int8 and pairs of bf16 for all others.
@safe struct LinearRun {
  private let input: Place
  private let output: Place
  private let layer: FusedLinear
  private let kernels: KernelTable
  private let task: ferm_linear
  /// What narrow products read beside the layer's weights, or in their place.
  private let form: PackedWeights?

  /// - Parameter kernels: those whose products the session uses for such layers.
  init(
    _ layer: FusedLinear, from input: Place, to output: Place, kernels: KernelTable, workers: Workers
  ) throws(FormatError) {
    let weights = layer.weights
    self.layer = layer
    self.kernels = kernels
    (self.input, self.output) = (input, output)
    form = kernels.isNarrow ? try weights.narrowForm(kernels, workers) : nil
    var task = unsafe ferm_linear()
    unsafe task.depth = Int32(weights.depth)
    unsafe task.panels = Int32(kernels.panels(weights.outputs))
    unsafe task.out_blocks = Int32(kernels.blocks(weights.outputs))
    unsafe task.relu = layer.relu ? 1 : 0
    unsafe task.type = Int32(weights.type.code)
    unsafe task.pitch = input.pitch
    unsafe task.out_pitch = output.pitch
    unsafe task.weights = weights.packed.bytes.baseAddress
    unsafe task.bias = UnsafePointer(layer.bias.floats)
    unsafe task.scale = layer.scale.map { unsafe UnsafePointer($0.floats) }
    if kernels.isNarrow {
      unsafe task.depth = Int32(weights.depth / weights.inUnit)
      unsafe task.pitch = layer.rowPitch
      if weights.type == .int8 {
        unsafe task.type = Int32(FERM_FOURS)
        unsafe task.weight_sums = form.map { unsafe UnsafePointer($0.integers) }
      } else {
        unsafe task.type = Int32(FERM_PAIRS)
        if let form { unsafe task.weights = UnsafeRawPointer(form.floats) }
      }
    }
    unsafe self.task = task
  }

  /// Bytes of weights: as they are, and what narrow products read of them.
  var weightBytes: Int { layer.weights.packed.count + (form?.count ?? 0) }

  /// Runs the layer for so many images, without taking memory.
  func run(images: Int, in context: ExecutionContext) {
    var task = unsafe self.task
    unsafe task.images = Int32(images)
    // SAFETY: shapes were validated, the context is large enough for the values and the layer's memory, and all tables live in
    // self.
    unsafe task.input = context.source(input, images: images)
    unsafe task.output = context.floats(output, images: images)
    if kernels.isNarrow { unsafe makeRows(of: &task, in: context) }
    unsafe withUnsafeMutablePointer(to: &task) { task in
      unsafe context.onEachThread(kernels.linear, task)
    }
  }

  /// Makes the input narrow, in memory that the threads share, and has the task read that.
  @unsafe private func makeRows(of task: inout ferm_linear, in context: ExecutionContext) {
    let images = unsafe Int(task.images)
    var rows = unsafe ferm_linear_rows()
    unsafe rows.images = task.images
    unsafe rows.count = Int32(layer.weights.depth)
    unsafe rows.type = task.type
    unsafe rows.pitch = input.pitch
    unsafe rows.row_pitch = task.pitch
    unsafe rows.input = task.input
    unsafe rows.rows = context.shared
    unsafe rows.scales = UnsafeMutableRawPointer(context.shared + images * layer.rowPitch)
      .assumingMemoryBound(to: ferm_row_scale.self)
    unsafe withUnsafeMutablePointer(to: &rows) { rows in
      unsafe context.workers.run(min(images, context.workers.count), kernels.linearRows, rows)
    }
    unsafe task.input = UnsafePointer(rows.rows)
    unsafe task.row_scales = UnsafePointer(rows.scales)
    unsafe task.scratch = context.scratch
    unsafe task.scratch_size = images * kernels.columns
  }
}
