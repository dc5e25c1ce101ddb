internal import FermFormat
internal import FermKernels
internal import FermSystem

/// A convolution with all that is fused into it: batch norm, bias, ReLU, and 2x2 max pooling.
///
/// It keeps its filters as they are; each algorithm's packed form is made once, when the first session wants it, and shared
/// by all sessions of the plan.
@safe final class ConvolutionLayer: @unchecked Sendable {
  let outputs: Int
  /// Of the whole input.
  let channels: Int
  let window: Extent
  let stride: Extent
  let padding: Padding
  let groups: Int
  let relu: Bool
  let pool: Bool
  /// Output height and width before pooling.
  let size: Extent
  let filters: AlignedBytes
  let bias: AlignedBytes
  private var packed: [(algorithm: ConvolutionAlgorithm, weights: AlignedBytes)] = []

  convenience init(
    _ filters: Filters, input: Place, output: Extent, stride: Extent, padding: Padding, groups: Int,
    relu: Bool, pool: Bool, kernels: KernelTable
  ) throws(FormatError) {
    let weights = try AlignedBytes(filters.weights, count: filters.weights.count)
    let bias = try AlignedBytes(filters.bias, count: kernels.panels(filters.outputs) * kernels.columns)
    self.init(
      filters, weights: weights, bias: bias, channels: input.shape[0], output: output, stride: stride,
      padding: padding, groups: groups, relu: relu, pool: pool)
  }

  private init(
    _ filters: Filters, weights: AlignedBytes, bias: AlignedBytes, channels: Int, output: Extent,
    stride: Extent, padding: Padding, groups: Int, relu: Bool, pool: Bool
  ) {
    outputs = filters.outputs
    self.channels = channels
    window = filters.window
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.relu = relu
    self.pool = pool
    size = output
    self.filters = weights
    self.bias = bias
  }

  /// Outputs that are wanted: pooling leaves out an odd last row and column.
  var wanted: Extent {
    pool ? Extent(height: size.height / 2 * 2, width: size.width / 2 * 2) : size
  }

  /// The filters in the form that an algorithm reads.
  func weights(
    for algorithm: ConvolutionAlgorithm, make: () throws(FormatError) -> AlignedBytes
  ) throws(FormatError) -> AlignedBytes {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    for entry in packed where entry.algorithm == algorithm { return entry.weights }
    let weights = try make()
    packed.append((algorithm, weights))
    return weights
  }
}

/// How a convolution is computed.
enum ConvolutionAlgorithm: Equatable, Sendable {
  /// By its definition.
  case direct
  /// F(m,3): tiles of m x m outputs.
  case winograd(m: Int)
}
