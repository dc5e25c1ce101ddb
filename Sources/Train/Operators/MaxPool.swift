internal import FermFormat

extension Variable {
  /// The largest value of each window; of equal ones, the first in row order.
  ///
  /// x: `[N, C, H, W]` -> `[N, C, (H - window) / stride + 1, (W - window) / stride + 1]`.
  public func maxPool(window: Int = 2, stride: Int = 2) -> Variable {
    let x = self
    if window == 2, stride == 2, let normalised {
      let (y, winners) = normalised.pooled(tape)
      return tape.record(.map(y), from: self, needsGradient: false) { result, gradient in
        x.accumulate(gated: Flow(map: result.map(gradient), winners: winners))
      }
    }
    let input = value
    let (height, width) = (shape[2], shape[3])
    let (outHeight, outWidth) = ((height - window) / stride + 1, (width - window) / stride + 1)
    let y = tape.tensor(Shape(shape[0], shape[1], outHeight, outWidth))
    let winners = Winners(count: y.count)
    let planes = shape[0] * shape[1]
    tape.pieces(64).share(planes) { part in
      for plane in part {
        let from = input.data + plane * height * width
        var place = plane * outHeight * outWidth
        for oy in 0..<outHeight {
          for ox in 0..<outWidth {
            let corner = from + oy * stride * width + ox * stride
            var best = corner[0]
            var winner = 0
            for ky in 0..<window {
              for kx in 0..<window where corner[ky * width + kx] > best {
                best = corner[ky * width + kx]
                winner = ky * window + kx
              }
            }
            y.data[place] = best
            winners.pointer[place] = UInt8(truncatingIfNeeded: winner)
            place += 1
          }
        }
      }
    }
    return tape.record(
      y, from: self, needsGradient: false,
      trace: { _ in .maxPool(FermFormat.MaxPool(window: Extent(window), stride: Extent(stride))) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.zeros(x.shape)
      x.tape.pieces(64).share(planes) { part in
        for plane in part {
          let to = dx.data + plane * height * width
          var place = plane * outHeight * outWidth
          for oy in 0..<outHeight {
            for ox in 0..<outWidth {
              let winner = Int(winners.pointer[place])
              to[(oy * stride + winner / window) * width + ox * stride + winner % window] += dy.data[place]
              place += 1
            }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}

/// Which element of each window won, one byte each; windows have at most 256 elements.
private final class Winners {
  let pointer: UnsafeMutablePointer<UInt8>

  init(count: Int) { pointer = .allocate(capacity: max(count, 1)) }

  // SAFETY: the pool's closures hold this object as long as they use the pointer.
  deinit { pointer.deallocate() }
}
