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
    let whole = countPadding ? window.height * window.width : nil
    let y = tape.tensor(pool.result)
    value.withSpan { x in
      pool.fill(y, tape) { plane, rows, columns in
        var total: Float = 0
        for r in rows { for c in columns { total += x[plane + r * pool.width + c] } }
        return total / Float(whole ?? rows.count * columns.count)
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in
        .averagePool(
          FermFormat.AveragePool(
            window: window, stride: stride, padding: padding, countPadding: countPadding))
      }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      pool.spread(dy, over: dx, x.tape) { dx, given, _, first, rows, columns in
        let share = given / Float(whole ?? rows.count * columns.count)
        for r in rows { for c in columns { dx[first + r * pool.width + c] += share } }
      }
      x.accumulate(dx)
    }
  }
}
