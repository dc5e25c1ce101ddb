internal import FermFormat

extension Variable {
  /// The rectifier `max(x, 0)`, for any shape; its gradient at 0 is 0.
  public func relu() -> Variable {
    let x = self
    if var rectified = normalised, !rectified.isRectified, tape.mode == .training {
      rectified.isRectified = true
      return tape.record(.normalised(rectified), from: self, needsGradient: false) { result, gradient in
        var flow = result.flow(gradient)
        flow.isRectified = true
        x.accumulate(gated: flow)
      }
    }
    let y = tape.tensor(shape)
    let (from, to) = (value.data, y.data)
    tape.share(value.count) { for i in $0 { to[i] = from[i] > 0 ? from[i] : 0 } }
    return tape.record(y, from: self, needsGradient: false, trace: { _ in .relu(FermFormat.ReLU()) }) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      let (from, given, to) = (y.data, dy.data, dx.data)
      x.tape.share(dx.count) { for i in $0 { to[i] = from[i] > 0 ? given[i] : 0 } }
      x.accumulate(dx)
    }
  }
}
