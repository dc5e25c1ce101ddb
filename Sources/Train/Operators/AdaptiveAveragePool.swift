public import FermFormat
internal import FermRuntime

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
    if size == Extent(1), isMap, let kernels = tape.kernels { return mean(kernels) }
    let (height, width) = (shape[2], shape[3])
    let (planes, places) = (shape[0] * shape[1], size.height * size.width)
    var regions: [(rows: Range<Int>, columns: Range<Int>)] = []
    for oy in 0..<size.height {
      for ox in 0..<size.width {
        regions.append(
          (
            FermFormat.AdaptiveAveragePool.region(oy, of: size.height, side: height),
            FermFormat.AdaptiveAveragePool.region(ox, of: size.width, side: width)
          ))
      }
    }
    let y = tape.tensor(Shape(shape[0], shape[1], size.height, size.width))
    value.withSpan { x in
      y.writeItems(planes, tape) { part, y in
        for plane in part {
          for (place, region) in regions.enumerated() {
            var total: Float = 0
            for r in region.rows { for c in region.columns { total += x[(plane * height + r) * width + c] } }
            y[(plane - part.lowerBound) * places + place] =
              total / Float(region.rows.count * region.columns.count)
          }
        }
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .adaptiveAveragePool(FermFormat.AdaptiveAveragePool(size: size)) }
    ) { [regions] dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      dy.withSpan { dy in
        dx.writeItems(planes, x.tape) { part, dx in
          for plane in part {
            let first = (plane - part.lowerBound) * height
            for (place, region) in regions.enumerated() {
              let share = dy[plane * places + place] / Float(region.rows.count * region.columns.count)
              for r in region.rows { for c in region.columns { dx[(first + r) * width + c] += share } }
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }

  /// The mean of each plane of maps, as maps of one pixel.
  private func mean(_ kernels: KernelTable) -> Variable {
    let x = self
    return tape.record(
      .map(tape.planeSums(of: map, asMean: true, kernels)), from: [self], needsGradient: false,
      name: "adaptiveAveragePool"
    ) { result, gradient in
      if x.needsGradient { x.accumulate(sharing: result.map(gradient), kernels) }
    }
  }
}
