public import FermFormat

extension Pad: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].padded(front: front, back: back, padding)
  }
}

extension Variable {
  /// Zeros around each map, and maps of zeros before and behind them.
  ///
  /// x: `[N, C, H, W]` -> `[N, front + C + back, top + H + bottom, left + W + right]`.
  public func padded(front: Int = 0, back: Int = 0, _ padding: Padding = Padding()) -> Variable {
    let x = self
    let y = tape.zeros(
      Shape(
        shape[0], front + shape[1] + back, padding.top + shape[2] + padding.bottom,
        padding.left + shape[3] + padding.right))
    let place = Placement(shape, in: y.shape, channel: front, row: padding.top, column: padding.left)
    place.put(value, into: y, tape)
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .pad(FermFormat.Pad(front: front, back: back, padding: padding)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      place.take(dx, from: dy, x.tape)
      x.accumulate(dx)
    }
  }
}
