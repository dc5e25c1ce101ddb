internal import FermFormat
internal import FermKernels
internal import FermRuntime

extension Clip: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].clip(from: low, to: high)
  }
}

extension Variable {
  /// The nearest number from `low` to `high`, for any shape; from 0 to 6 it is ReLU6. Its gradient at the bounds is 0.
  public func clip(from low: Float, to high: Float) -> Variable {
    if let result = activated(.clip(low: low, high: high)) { return result }
    let x = self
    let y = tape.tensor(shape)
    unsafe tape.apply(
      { from, to, count in unsafe KernelTable.elements.table.pointee.clip(from, to, count, low, high) },
      to: value, into: y)
    return tape.record(
      y, from: [self], needsGradient: false, trace: { _ in .clip(FermFormat.Clip(low: low, high: high)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dx.writePieces(x.tape, from: y, dy) { dx, y, dy in
        for i in dx.indices {
          // Read before it is chosen, so that the loop has no branch.
          let given = dy[i]
          dx[i] = y[i] > low && y[i] < high ? given : 0
        }
      }
      x.accumulate(dx)
    }
  }
}
