internal import FermFormat

extension ReLU: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].relu()
  }
}

extension Variable {
  /// The rectifier `max(x, 0)`, for any shape; its gradient at 0 is 0.
  public func relu() -> Variable {
    if let result = activated(.relu) { return result }
    let x = self
    let y = tape.tensor(shape)
    y.writePieces(tape, from: value) { y, x in for i in y.indices { y[i] = x[i] > 0 ? x[i] : 0 } }
    return tape.record(y, from: [self], needsGradient: false, trace: { _ in .relu(FermFormat.ReLU()) }) {
      dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dx.writePieces(x.tape, from: y, dy) { dx, y, dy in
        for i in dx.indices {
          // Read before it is chosen, so that the loop has no branch.
          let given = dy[i]
          dx[i] = y[i] > 0 ? given : 0
        }
      }
      x.accumulate(dx)
    }
  }
}
