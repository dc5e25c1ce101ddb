internal import FermFormat

/// What stands behind a normalisation.
enum BlockActivation {
  case relu
  case relu6
  case silu

  func callAsFunction(_ x: Variable) -> Variable {
    switch self {
    case .relu: x.relu()
    case .relu6: x.clip(from: 0, to: 6)
    case .silu: x.silu()
    }
  }
}

/// A convolution without a bias, batch norm and perhaps an activation: what modern networks are built of.
struct NormedConvolution {
  private let convolution: ConvolutionLayer
  private let norm: BatchNormLayer
  private let activation: BlockActivation?

  /// - Parameters:
  ///   - names: those of the convolution and of the normalisation.
  ///   - isDepthwise: whether each output sees its own channel alone.
  ///   - padding: as ``ConvolutionLayer`` has it.
  ///   - scale: what the normalisation's weights begin with.
  init(
    _ make: inout ParameterMaker, _ names: (convolution: String, norm: String), from inputs: Int,
    to outputs: Int, window: Int = 1, stride: Int = 1, padding: Int? = 0, isDepthwise: Bool = false,
    scale: Float = 1, epsilon: Float = 1e-5, _ activation: BlockActivation? = nil
  ) {
    convolution = ConvolutionLayer(
      &make, names.convolution, from: inputs, to: outputs, window: window, stride: stride, padding: padding,
      groups: isDepthwise ? inputs : 1, bias: false, initialisation: .fanOut)
    norm = BatchNormLayer(&make, names.norm, outputs, scale: scale, epsilon: epsilon)
    self.activation = activation
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let y = norm(convolution(x))
    return activation?(y) ?? y
  }
}
