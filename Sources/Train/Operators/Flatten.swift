internal import FermFormat

extension Flatten: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].flatten()
  }
}

extension Variable {
  /// All but the batch in one dimension: x: `[N, ...]` -> `[N, F]`; the elements stay where they are.
  public func flatten() -> Variable {
    let x = self
    let y = value.reshaped(Shape(shape[0], value.count / shape[0]))
    return tape.record(
      y, from: [self], needsGradient: false, trace: { _ in .flatten(FermFormat.Flatten()) }
    ) { dy in
      if x.needsGradient { x.accumulate(dy.reshaped(x.shape)) }
    }
  }
}
