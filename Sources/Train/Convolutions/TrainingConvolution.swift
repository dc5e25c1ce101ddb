internal import FermFormat
internal import FermRuntime

/// One way to compute a convolution in training: forward, and back to its input and parameters.
///
/// A way is a file with a type that conforms to this, whose initialiser says whether it can, and a line in
/// ``ConvolutionProblem/ways``.
protocol TrainingConvolution {
  /// Nil where it cannot compute the problem.
  init?(_ problem: ConvolutionProblem)

  /// The outputs `[N, O, H', W']` for `x` `[N, C, H, W]`.
  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content

  /// Adds to the gradients of `x`, where one is wanted, and of the parameters.
  ///
  /// - Parameters:
  ///   - result: what `forward` gave, on the tape.
  ///   - gradient: the gradient that came back to it.
  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?)
}

/// A convolution that a tape is asked to compute.
struct ConvolutionProblem {
  let shape: ConvolutionShape
  let images: Int
  /// Whether the input is held as maps in the kernels' layout.
  let isMap: Bool
  /// Whether the input's gradient is wanted.
  let needsGradient: Bool
  /// The loops of the fast engine; nil for the plain one.
  let kernels: KernelTable?
  /// What they multiply.
  let precision: TrainingPrecision

  init(
    _ shape: ConvolutionShape, images: Int, isMap: Bool, needsGradient: Bool, kernels: KernelTable?,
    precision: TrainingPrecision = .fp32
  ) {
    self.shape = shape
    self.images = images
    self.isMap = isMap
    self.needsGradient = needsGradient
    self.kernels = kernels
    self.precision = precision
  }

  /// For `x` `[N, C, H, W]` and a weight `[O, C / groups, kH, kW]`.
  init(_ x: Variable, weight: Shape, stride: Extent, padding: Padding, groups: Int, dilation: Extent) {
    let shape = ConvolutionShape(
      channels: weight[1] * groups, outputs: weight[0], size: Extent(height: x.shape[2], width: x.shape[3]),
      window: Extent(height: weight[2], width: weight[3]), stride: stride, padding: padding, groups: groups,
      dilation: dilation)
    self.init(
      shape, images: x.shape[0], isMap: x.isMap, needsGradient: x.needsGradient, kernels: x.tape.kernels,
      precision: x.tape.precision)
  }

  /// The kernels by what they multiply, where the precision leaves a choice.
  var variants: [KernelTable] {
    [kernels, precision == .bf16 ? kernels?.narrow : nil].compactMap { $0 }
  }

  /// The ways of the fast engine, the fastest first.
  private static var ways: [any TrainingConvolution.Type] {
    [WinogradConvolution.self, DirectConvolution.self, ThinConvolution.self, DepthwiseConvolution.self]
  }

  /// The first way that can; unrolled windows can everything.
  var method: any TrainingConvolution {
    for way in Self.ways {
      if let method = way.init(self) { return method }
    }
    return UnrolledConvolution(self)
  }
}
