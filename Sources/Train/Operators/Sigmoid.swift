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
    let x = self
    let y = tape.tensor(shape)
    let (from, to) = (value.data, y.data)
    tape.share(value.count) {
      KernelTable.elements.table.pointee.sigmoid(from + $0.lowerBound, to + $0.lowerBound, $0.count)
    }
    return tape.record(y, from: self, needsGradient: false, trace: { _ in .sigmoid(FermFormat.Sigmoid()) }) {
      dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      let (s, given, to) = (y.data, dy.data, dx.data)
      x.tape.share(dx.count) { for i in $0 { to[i] = given[i] * s[i] * (1 - s[i]) } }
      x.accumulate(dx)
    }
  }
}
