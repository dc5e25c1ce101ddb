public import FermFormat

extension AveragePool: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].averagePool(
      window: window, stride: stride, padding: padding, countPadding: countPadding == 1)
  }
}

extension Variable {
  /// The mean of each window; with `countPadding` every window counts as whole.
  ///
  /// x: `[N, C, H, W]` -> `[N, C, H', W']` with sizes as for a convolution.
  public func averagePool(
    window: Extent, stride: Extent, padding: Padding = Padding(), countPadding: Bool = false
  ) -> Variable {
    let x = self
    let pool = PoolWindows(shape, window: window, stride: stride, padding: padding)
    let y = tape.tensor(pool.result)
    let (from, to) = (value.data, y.data)
    let whole = countPadding ? window.height * window.width : nil
    pool.forEach(tape) { place, plane, rows, columns in
      var total: Float = 0
      for r in rows { for c in columns { total += from[plane + r * pool.width + c] } }
      to[place] = total / Float(whole ?? rows.count * columns.count)
    }
    return tape.record(
      y, from: self, needsGradient: false,
      trace: { _ in
        .averagePool(
          FermFormat.AveragePool(
            window: window, stride: stride, padding: padding, countPadding: countPadding))
      }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      let (given, to) = (dy.data, dx.data)
      pool.forEach(x.tape) { place, plane, rows, columns in
        let share = given[place] / Float(whole ?? rows.count * columns.count)
        for r in rows { for c in columns { to[plane + r * pool.width + c] += share } }
      }
      x.accumulate(dx)
    }
  }
}
