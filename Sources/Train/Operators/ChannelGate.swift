internal import FermFormat
internal import FermRuntime

extension Variable {
  /// Whether `gate` has a factor `[N, C, 1, 1]` for each channel of these maps, which are larger.
  func isGated(by gate: Variable) -> Bool {
    isMap && gate.shape == Shape(shape[0], shape[1], 1, 1) && gate.shape != shape
  }

  /// Maps `[N, C, H, W]` times a factor for each channel of each image, `[N, C, 1, 1]`: the end of squeeze-and-excite.
  func gated(by gate: Variable, _ kernels: KernelTable) -> Variable {
    let x = self
    return tape.record(
      .map(tape.planes(of: map, times: gate.map, kernels)), from: [x, gate], needsGradient: false
    ) { result, gradient in
      let gradients = result.tape.planeGradients(of: result.map(gradient), x.map, times: gate.map, kernels)
      if gate.needsGradient { gate.accumulate(gradients.factors) }
      if x.needsGradient { x.accumulate(gradients.x) }
    }
  }
}
