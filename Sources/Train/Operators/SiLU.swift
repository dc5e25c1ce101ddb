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
    let x = self
    let y = tape.tensor(shape)
    let (from, to) = (value.data, y.data)
    tape.share(value.count) {
      KernelTable.elements.table.pointee.silu(from + $0.lowerBound, to + $0.lowerBound, $0.count)
    }
    return tape.record(y, from: self, needsGradient: false, trace: { _ in .silu(FermFormat.SiLU()) }) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      let (from, given, to) = (x.value.data, dy.data, dx.data)
      x.tape.share(dx.count) { range in
        KernelTable.elements.table.pointee.sigmoid(
          from + range.lowerBound, to + range.lowerBound, range.count)
        // s + x s (1 - s), where s is the sigmoid that was just written.
        for i in range { to[i] = given[i] * to[i] * (1 + from[i] * (1 - to[i])) }
      }
      x.accumulate(dx)
    }
  }
}
