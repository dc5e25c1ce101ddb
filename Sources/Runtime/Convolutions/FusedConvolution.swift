internal import FermFormat

/// A convolution with all that is fused into it: batch norm, bias, ReLU, and either 2x2 max pooling or another ending.
///
/// Its filters may be those of other layers too; see ``ConvolutionFilters``.
final class FusedConvolution: Sendable {
  let shape: ConvolutionShape
  /// Whether it reads the caller's input, which lies as `[C][H][W]`, and not blocks of channels.
  let isPlanar: Bool
  let relu: Bool
  let pool: Bool
  let ending: Ending
  let filters: ConvolutionFilters
  let bias: AlignedBytes

  convenience init(
    _ filters: ConvolutionFilters, _ shape: ConvolutionShape, bias: [Float], isPlanar: Bool, relu: Bool,
    pool: Bool, ending: Ending = Ending(), kernels: KernelTable
  ) throws(FormatError) {
    let bias = try AlignedBytes(bias, count: kernels.panels(shape.outputs) * kernels.columns)
    self.init(filters, shape, bias: bias, isPlanar: isPlanar, relu: relu, pool: pool, ending: ending)
  }

  private init(
    _ filters: ConvolutionFilters, _ shape: ConvolutionShape, bias: AlignedBytes, isPlanar: Bool, relu: Bool,
    pool: Bool, ending: Ending
  ) {
    self.filters = filters
    self.shape = shape
    self.bias = bias
    self.isPlanar = isPlanar
    self.relu = relu
    self.pool = pool
    self.ending = ending
  }

  /// Outputs that are wanted: pooling leaves out an odd last row and column.
  var wanted: Extent { pool ? shape.outSize.pooled : shape.outSize }
}
