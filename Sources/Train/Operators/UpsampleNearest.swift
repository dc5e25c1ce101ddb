public import FermFormat

extension UpsampleNearest: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].upsampledNearest(scale)
  }
}

extension Variable {
  /// Each pixel repeated in a rectangle: x: `[N, C, H, W]` -> `[N, C, H scale.height, W scale.width]`.
  public func upsampledNearest(_ scale: Extent) -> Variable {
    let x = self
    let (planes, height, width) = (shape[0] * shape[1], shape[2], shape[3])
    let large = (height: height * scale.height, width: width * scale.width)
    let y = tape.tensor(Shape(shape[0], shape[1], large.height, large.width))
    value.withSpan { x in
      y.writeItems(planes, tape.pieces(64)) { part, y in
        var to = 0
        for plane in part {
          for row in 0..<large.height {
            let first = (plane * height + row / scale.height) * width
            for column in 0..<width {
              for _ in 0..<scale.width {
                y[to] = x[first + column]
                to += 1
              }
            }
          }
        }
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .upsampleNearest(FermFormat.UpsampleNearest(scale: scale)) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dy.withSpan { dy in
        dx.writeItems(planes, x.tape.pieces(64)) { part, dx in
          var to = 0
          for row in (part.lowerBound * height)..<(part.upperBound * height) {
            for column in 0..<width {
              // The sum over the pixel's rectangle, row by row.
              var sum: Float = 0
              for y in (row * scale.height)..<((row + 1) * scale.height) {
                let from = y * large.width + column * scale.width
                for place in from..<(from + scale.width) { sum += dy[place] }
              }
              dx[to] = sum
              to += 1
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}
