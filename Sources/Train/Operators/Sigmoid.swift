internal import FermFormat
internal import FermKernels
internal import FermRuntime

extension Sigmoid: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].sigmoid()
  }
}

extension Variable {
  /// The logistic function `1 / (1 + exp(-x))`, for any shape.
  public func sigmoid() -> Variable {
    if let result = activated(.sigmoid) { return result }
    let x = self
    let y = tape.tensor(shape)
    unsafe tape.apply(KernelTable.elements.table.pointee.sigmoid, to: value, into: y)
    return tape.record(
      y, from: [self], needsGradient: false, trace: { _ in .sigmoid(FermFormat.Sigmoid()) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dx.writePieces(x.tape, from: y, dy) { dx, s, dy in
        for i in dx.indices { dx[i] = dy[i] * s[i] * (1 - s[i]) }
      }
      x.accumulate(dx)
    }
  }
}
