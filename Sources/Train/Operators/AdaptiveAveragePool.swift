public import FermFormat

extension AdaptiveAveragePool: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].adaptiveAveragePool(size)
  }
}

extension Variable {
  /// The mean over a grid of `side` x `side` regions: x: `[N, C, H, W]` -> `[N, C, side, side]`.
  public func adaptiveAveragePool(_ side: Int) -> Variable { adaptiveAveragePool(Extent(side)) }

  /// The mean over a grid of regions: x: `[N, C, H, W]` -> `[N, C, size.height, size.width]`.
  public func adaptiveAveragePool(_ size: Extent) -> Variable {
    let x = self
    let (height, width) = (shape[2], shape[3])
    let y = tape.tensor(Shape(shape[0], shape[1], size.height, size.width))
    let (planes, places) = (shape[0] * shape[1], size.height * size.width)
    func eachRegion(_ body: (_ place: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
      for oy in 0..<size.height {
        for ox in 0..<size.width {
          body(
            oy * size.width + ox, FermFormat.AdaptiveAveragePool.region(oy, of: size.height, side: height),
            FermFormat.AdaptiveAveragePool.region(ox, of: size.width, side: width))
        }
      }
    }
    for plane in 0..<planes {
      let from = value.data + plane * height * width
      eachRegion { place, rows, columns in
        var total: Float = 0
        for r in rows { for c in columns { total += from[r * width + c] } }
        y.data[plane * places + place] = total / Float(rows.count * columns.count)
      }
    }
    return tape.record(
      y, from: self, needsGradient: false,
      trace: { _ in .adaptiveAveragePool(FermFormat.AdaptiveAveragePool(size: size)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      for plane in 0..<planes {
        let to = dx.data + plane * height * width
        eachRegion { place, rows, columns in
          let share = dy.data[plane * places + place] / Float(rows.count * columns.count)
          for r in rows { for c in columns { to[r * width + c] += share } }
        }
      }
      x.accumulate(dx)
    }
  }
}
