internal import FermFormat
internal import FermKernels
internal import FermRuntime

extension SiLU: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].silu()
  }
}

extension Variable {
  /// The sigmoid-weighted unit `x / (1 + exp(-x))`, for any shape (Elfwing et al., 2017).
  public func silu() -> Variable {
    if let result = activated(.silu) { return result }
    let x = self
    let y = tape.tensor(shape)
    unsafe tape.apply(KernelTable.elements.table.pointee.silu, to: value, into: y)
    return tape.record(y, from: [self], needsGradient: false, trace: { _ in .silu(FermFormat.SiLU()) }) {
      dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      let input = x.value
      unsafe x.tape.apply(KernelTable.elements.table.pointee.sigmoid, to: input, into: dx)
      // s + x s (1 - s), where s is the sigmoid that was just written.
      dx.writePieces(x.tape, from: input, dy) { dx, x, dy in
        for i in dx.indices { dx[i] = dy[i] * dx[i] * (1 + x[i] * (1 - dx[i])) }
      }
      x.accumulate(dx)
    }
  }
}
