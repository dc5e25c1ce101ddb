internal import FermFormat
internal import FermKernels
internal import FermSystem

/// A convolution with all that is fused into it: batch norm, bias, ReLU, and 2x2 max pooling.
///
/// It keeps its filters as they are; each algorithm's packed form is made when the first session wants it, shared by all
/// sessions of the plan that do, and gone with the last of them.
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
  private var packed: [(algorithm: ConvolutionAlgorithm, weights: AlignedBytes, users: Int)] = []

  convenience init(
    _ filters: Filters, input: Place, output: Extent, stride: Extent, padding: Padding, groups: Int,
    relu: Bool, pool: Bool, kernels: KernelTable
  ) throws(FormatError) {
    let bias = try AlignedBytes(filters.bias, count: kernels.panels(filters.outputs) * kernels.columns)
    self.init(
      filters, bias: bias, channels: input.shape[0], output: output, stride: stride, padding: padding,
      groups: groups, relu: relu, pool: pool)
  }

  private init(
    _ filters: Filters, bias: AlignedBytes, channels: Int, output: Extent, stride: Extent,
    padding: Padding, groups: Int, relu: Bool, pool: Bool
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
    self.filters = filters.weights
    self.bias = bias
  }

  /// Outputs that are wanted: pooling leaves out an odd last row and column.
  var wanted: Extent {
    pool ? Extent(height: size.height / 2 * 2, width: size.width / 2 * 2) : size
  }

  /// The filters in the form that an algorithm reads.
  func weights(
    for algorithm: ConvolutionAlgorithm, make: () throws(FormatError) -> AlignedBytes
  ) throws(FormatError) -> PackedFilters {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    if let known = packed.firstIndex(where: { $0.algorithm == algorithm }) {
      packed[known].users += 1
      return PackedFilters(self, algorithm, packed[known].weights)
    }
    let weights = try make()
    packed.append((algorithm, weights, 1))
    return PackedFilters(self, algorithm, weights)
  }

  /// Ends one use of an algorithm's filters.
  fileprivate func giveUp(_ algorithm: ConvolutionAlgorithm) {
    // SAFETY: the list is only touched between lock and unlock.
    ferm_lock()
    defer { ferm_unlock() }
    guard let known = packed.firstIndex(where: { $0.algorithm == algorithm }) else { return }
    packed[known].users -= 1
    // Nothing here may take memory: a session can be freed where there is none.
    if packed[known].users == 0 { packed.remove(at: known) }
    if packed.isEmpty { packed = [] }
  }
}

/// One session's use of packed filters.
final class PackedFilters: Sendable {
  private let layer: ConvolutionLayer
  private let algorithm: ConvolutionAlgorithm
  private let weights: AlignedBytes

  fileprivate init(_ layer: ConvolutionLayer, _ algorithm: ConvolutionAlgorithm, _ weights: AlignedBytes) {
    self.layer = layer
    self.algorithm = algorithm
    self.weights = weights
  }

  deinit { layer.giveUp(algorithm) }

  /// The number of bytes.
  var count: Int { weights.count }
  /// The filters, valid as long as this object lives.
  var floats: UnsafeMutablePointer<Float> { unsafe weights.floats }
}

/// How a convolution is computed.
enum ConvolutionAlgorithm: Equatable, Sendable {
  /// By its definition.
  case direct
  /// F(m,3): tiles of m x m outputs.
  case winograd(m: Int)
}
