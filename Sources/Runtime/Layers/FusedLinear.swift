internal import FermFormat

/// A fully connected layer, with bias and ReLU.
struct FusedLinear: Sendable {
  let weights: LinearWeights
  let relu: Bool
  let bias: AlignedBytes
  /// What multiplies each output's sum; nil where nothing does.
  let scale: AlignedBytes?

  /// - Parameter scale: multiplies each output's sum; nothing is multiplied when it is empty.
  init(
    _ weights: LinearWeights, bias: [Float], scale: [Double], relu: Bool, kernels: KernelTable
  ) throws(FormatError) {
    self.weights = weights
    self.relu = relu
    let columns = kernels.panels(weights.outputs) * kernels.columns
    self.scale = scale.isEmpty ? nil : try AlignedBytes(scale.map { Float($0) }, count: columns)
    self.bias = try AlignedBytes(bias, count: columns)
  }

  /// What a session with such products takes for passes of so many images: their rows with a scale each, and sums of bytes.
  func memory(images: Int, _ kernels: KernelTable) -> StepMemory {
    guard kernels.isNarrow else { return StepMemory() }
    return StepMemory(
      each: weights.type == .int8 ? images * kernels.columns : 0, shared: images * (rowPitch + 2))
  }

  /// Units of a row of narrow numbers, and a line more: rows a power of two apart would share few places of the caches.
  var rowPitch: Int { weights.depth / weights.inUnit + 16 }
}
