internal import FermFormat

extension Variable {
  /// The largest value of each window; of equal ones, the first in row order.
  ///
  /// x: `[N, C, H, W]` -> `[N, C, (H - window) / stride + 1, (W - window) / stride + 1]`.
  public func maxPool(window: Int = 2, stride: Int = 2) -> Variable {
    let x = self
    if window == 2, stride == 2, let normalised, normalised.activation.isPoolable {
      let (y, winners) = normalised.pooled(tape)
      return tape.record(.map(y), from: [self], needsGradient: false) { result, gradient in
        x.accumulate(Flow(map: result.map(gradient), winners: winners))
      }
    }
    let input = value
    let (height, width) = (shape[2], shape[3])
    let (outHeight, outWidth) = ((height - window) / stride + 1, (width - window) / stride + 1)
    let y = tape.tensor(Shape(shape[0], shape[1], outHeight, outWidth))
    // Which element of each window won, one byte each: windows have at most 256 elements.
    let winners = tape.tensor(Shape(max(1, (y.count + 3) / 4)))
    let planes = shape[0] * shape[1]
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(input), memory.writing(y))
      let won = unsafe memory.writing(winners, as: UInt8.self)
      // SAFETY: windows lie within their plane, and each part has its own planes.
      tape.pieces(64).share(planes) { part in
        for plane in part {
          let top = unsafe from + plane * height * width
          var place = plane * outHeight * outWidth
          for oy in 0..<outHeight {
            for ox in 0..<outWidth {
              let corner = unsafe top + oy * stride * width + ox * stride
              var best = unsafe corner[0]
              var winner = 0
              for ky in 0..<window {
                for kx in 0..<window where unsafe corner[ky * width + kx] > best {
                  best = unsafe corner[ky * width + kx]
                  winner = ky * window + kx
                }
              }
              unsafe to[place] = best
              unsafe won[place] = UInt8(truncatingIfNeeded: winner)
              place += 1
            }
          }
        }
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false,
      trace: { _ in .maxPool(FermFormat.MaxPool(window: Extent(window), stride: Extent(stride))) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      withMemory { memory in
        let won = unsafe memory.reading(winners, as: UInt8.self)
        let (given, to) = unsafe (memory.reading(dy), memory.writing(dx))
        // SAFETY: winners lie within their windows, and each part has its own planes.
        x.tape.pieces(64).share(planes) { part in
          for plane in part {
            let top = unsafe to + plane * height * width
            var place = plane * outHeight * outWidth
            for oy in 0..<outHeight {
              for ox in 0..<outWidth {
                let winner = Int(unsafe won[place])
                unsafe top[(oy * stride + winner / window) * width + ox * stride + winner % window] +=
                  given[place]
                place += 1
              }
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}
