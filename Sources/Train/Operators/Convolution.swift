public import FermFormat
internal import FermRuntime

extension Convolution: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].convolution(
      parameters[weight], bias: bias.map { parameters[$0] }, stride: stride, padding: padding, groups: groups,
      dilation: dilation)
  }
}

extension Variable {
  /// 2-D cross-correlation plus bias.
  ///
  /// x: `[N, C, H, W]`, weight: `[O, C / groups, kH, kW]`, bias: `[O]` -> `[N, O, H', W']`. How it is computed, forward and
  /// back, is up to the first ``TrainingConvolution`` that can.
  public func convolution(
    _ weight: Parameter, bias: Parameter?, stride: Extent = Extent(1), padding: Padding = Padding(),
    groups: Int = 1, dilation: Extent = Extent(1)
  ) -> Variable {
    let x = self
    let method = ConvolutionProblem(
      self, weight: weight.value.shape, stride: stride, padding: padding, groups: groups, dilation: dilation
    ).method
    return tape.record(
      method.forward(self, weight: weight.value, bias: bias?.value), from: [self], [weight, bias],
      trace: {
        .convolution(
          FermFormat.Convolution(
            weight: $0.index(weight), bias: $0.index(bias), stride: stride, padding: padding, groups: groups,
            dilation: dilation))
      },
      backward: { result, gradient in
        method.backward(x, result, gradient, weight: weight, bias: bias)
      })
  }
}
