internal import FermFormat
internal import FermKernels
internal import FermRuntime

extension HardSwish: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].hardSwish()
  }
}

extension Variable {
  /// The unit `x min(max(x + 3, 0), 6) / 6`, for any shape (Howard et al., 2019).
  public func hardSwish() -> Variable {
    if let result = activated(.hardSwish) { return result }
    let x = self
    let y = tape.tensor(shape)
    unsafe tape.apply(KernelTable.elements.table.pointee.hard_swish, to: value, into: y)
    return tape.record(
      y, from: [self], needsGradient: false, trace: { _ in .hardSwish(FermFormat.HardSwish()) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dx.writePieces(x.tape, from: x.value, dy) { dx, x, dy in
        for i in dx.indices {
          let (given, number) = (dy[i], x[i])
          let slope = number > 3 ? 1 : number * (1 / 3) + 0.5
          dx[i] = number < -3 ? 0 : given * slope
        }
      }
      x.accumulate(dx)
    }
  }
}
