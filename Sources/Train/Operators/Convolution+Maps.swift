internal import FermFormat

extension Variable {
  /// The convolution by the fast engine; nil where it has no way of its own.
  ///
  /// 3x3 windows at stride 1 go by Winograd's algorithm in all three passes, a network's first layer by the definition.
  func convolutionOfMaps(_ weight: Parameter, _ bias: Parameter?, _ windows: Windows) -> Variable? {
    guard let kernels = tape.kernels else { return nil }
    let (x, outputs) = (self, weight.value.shape[0])
    if let convolution = WinogradConvolution(
      kernels, input: shape, weight: weight.value.shape, stride: windows.stride, padding: windows.padding)
    {
      let y = convolution.run(map, weight: weight.value, bias: bias?.value, tape)
      return tape.record(.map(y), from: self) { result, gradient in
        let dy = result.map(gradient)
        convolution.addGradient(x.map, dy, weight: weight, bias: bias, x.tape)
        guard x.needsGradient else { return }
        x.accumulate(
          convolution.turned(images: dy.images).run(
            dy, weight: weight.value, isTurned: true, bias: nil, x.tape))
      }
    }
    if !needsGradient, !isMap, let convolution = ThinConvolution(kernels, windows, outputs: outputs) {
      let y = convolution.run(value, weight: weight.value, bias: bias?.value, tape)
      return tape.record(.map(y), from: self) { result, gradient in
        convolution.addGradient(x.value, result.map(gradient), weight: weight, bias: bias, x.tape)
      }
    }
    return nil
  }
}
