internal import FermFormat

/// The block of MobileNetV2 (Sandler et al., 2018) and EfficientNet: 1x1 to more channels, depthwise, 1x1 back to few, and where
/// it changes neither size nor width, what it was given added.
///
/// With an expansion of 1 it has no first 1x1. Layers are called what timm calls them.
struct InvertedResidual {
  private let expansion: NormedConvolution?
  private let depthwise: NormedConvolution
  private let squeeze: SqueezeExcite?
  private let projection: NormedConvolution
  private let isResidual: Bool
  private let dropPath: Float

  /// - Parameters:
  ///   - name: what stands before the names of its layers: `blocks.1.0`.
  ///   - dropPath: how often it is left out in training, where something else remains.
  init(
    _ make: inout ParameterMaker, _ name: String, _ stage: InvertedResidualNetwork.Stage, from inputs: Int,
    stride: Int, _ style: InvertedResidualNetwork.Style, dropPath: Float
  ) {
    let width = inputs * stage.expansion
    let expands = stage.expansion > 1
    func names(_ convolution: String, _ place: Int) -> (String, String) {
      ("\(name).\(convolution)", "\(name).bn\(expands ? place + 1 : place)")
    }
    expansion =
      expands
      ? NormedConvolution(
        &make, names("conv_pw", 0), from: inputs, to: width, epsilon: style.epsilon, style.activation) : nil
    depthwise = NormedConvolution(
      &make, names("conv_dw", 1), from: width, to: width, window: stage.window, stride: stride,
      padding: style.padsAsTensorFlow ? nil : stage.window / 2, isDepthwise: true, epsilon: style.epsilon,
      style.activation)
    squeeze =
      style.squeezes
      ? SqueezeExcite(
        &make, "\(name).se", width, to: Int((Double(inputs) / 4).rounded()), style.activation) : nil
    projection = NormedConvolution(
      &make, names(expands ? "conv_pwl" : "conv_pw", 2), from: width, to: stage.outputs,
      epsilon: style.epsilon)
    isResidual = stride == 1 && inputs == stage.outputs
    self.dropPath = dropPath
  }

  func callAsFunction(_ x: Variable) -> Variable {
    var y = depthwise(expansion?(x) ?? x)
    if let squeeze { y = squeeze(y) }
    y = projection(y)
    return isResidual ? y.dropPath(dropPath) + x : y
  }
}

/// Squeeze and excite (Hu et al., 2018): each channel times a number from 0 to 1, which two small layers find from the means of all.
struct SqueezeExcite {
  private let reduction: ConvolutionLayer
  private let expansion: ConvolutionLayer
  private let activation: BlockActivation

  /// - Parameter squeezed: the width between the two layers.
  init(
    _ make: inout ParameterMaker, _ name: String, _ channels: Int, to squeezed: Int,
    _ activation: BlockActivation
  ) {
    reduction = ConvolutionLayer(
      &make, "\(name).conv_reduce", from: channels, to: squeezed, window: 1, padding: 0,
      initialisation: .fanOut)
    expansion = ConvolutionLayer(
      &make, "\(name).conv_expand", from: squeezed, to: channels, window: 1, padding: 0,
      initialisation: .fanOut)
    self.activation = activation
  }

  func callAsFunction(_ x: Variable) -> Variable {
    x * expansion(activation(reduction(x.adaptiveAveragePool(1)))).sigmoid()
  }
}
