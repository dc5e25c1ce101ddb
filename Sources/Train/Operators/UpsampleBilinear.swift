public import FermFormat

extension UpsampleBilinear: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].upsampledBilinear(scale)
  }
}

extension Variable {
  /// Pixels blended of the nearest four, as far apart as their centres are; pixels at the edges are repeated beyond them.
  ///
  /// x: `[N, C, H, W]` -> `[N, C, H scale.height, W scale.width]`.
  public func upsampledBilinear(_ scale: Extent) -> Variable {
    let x = self
    let (planes, height, width) = (shape[0] * shape[1], shape[2], shape[3])
    let rows = (0..<height * scale.height).map { BlendedPlace($0, scale: scale.height, count: height) }
    let columns = (0..<width * scale.width).map { BlendedPlace($0, scale: scale.width, count: width) }
    let y = tape.tensor(Shape(shape[0], shape[1], rows.count, columns.count))
    value.withSpan { x in
      y.writeItems(planes, tape.pieces(64)) { part, y in
        var to = 0
        for plane in part {
          for row in rows {
            let above = (plane * height + row.first) * width
            let below = (plane * height + row.second) * width
            for column in columns {
              let first = x[above + column.first] * (1 - row.weight) + x[below + column.first] * row.weight
              let second = x[above + column.second] * (1 - row.weight) + x[below + column.second] * row.weight
              y[to] = first * (1 - column.weight) + second * column.weight
              to += 1
            }
          }
        }
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .upsampleBilinear(FermFormat.UpsampleBilinear(scale: scale)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      dy.withSpan { dy in
        dx.writeItems(planes, x.tape.pieces(64)) { part, dx in
          for plane in part {
            let top = (plane - part.lowerBound) * height
            var from = plane * rows.count * columns.count
            for row in rows {
              let (above, below) = ((top + row.first) * width, (top + row.second) * width)
              for column in columns {
                let second = dy[from] * column.weight
                let first = dy[from] * (1 - column.weight)
                dx[above + column.first] += first * (1 - row.weight)
                dx[below + column.first] += first * row.weight
                dx[above + column.second] += second * (1 - row.weight)
                dx[below + column.second] += second * row.weight
                from += 1
              }
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}
