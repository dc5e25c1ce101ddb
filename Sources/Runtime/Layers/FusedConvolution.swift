internal import FermFormat
internal import FermKernels

/// A convolution with all that is fused into it: batch norm, bias, ReLU, and 2x2 max pooling.
///
/// Its filters may be those of other layers too; see ``ConvolutionFilters``.
final class FusedConvolution: Sendable {
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
  let filters: ConvolutionFilters
  let bias: AlignedBytes

  convenience init(
    _ filters: ConvolutionFilters, _ sizes: Filters, input: Place, output: Extent, stride: Extent,
    padding: Padding, groups: Int, relu: Bool, pool: Bool, kernels: KernelTable
  ) throws(FormatError) {
    let bias = try AlignedBytes(sizes.bias, count: kernels.panels(sizes.outputs) * kernels.columns)
    self.init(
      filters, sizes, bias: bias, channels: input.shape[0], output: output, stride: stride, padding: padding,
      groups: groups, relu: relu, pool: pool)
  }

  private init(
    _ filters: ConvolutionFilters, _ sizes: Filters, bias: AlignedBytes, channels: Int, output: Extent,
    stride: Extent, padding: Padding, groups: Int, relu: Bool, pool: Bool
  ) {
    outputs = sizes.outputs
    self.channels = channels
    window = sizes.window
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.relu = relu
    self.pool = pool
    size = output
    self.filters = filters
    self.bias = bias
  }

  /// Outputs that are wanted: pooling leaves out an odd last row and column.
  var wanted: Extent {
    pool ? Extent(height: size.height / 2 * 2, width: size.width / 2 * 2) : size
  }
}

/// How a convolution is computed.
enum ConvolutionAlgorithm: Equatable, Sendable {
  /// By its definition.
  case direct
  /// F(m,3): tiles of m x m outputs.
  case winograd(m: Int)
}
