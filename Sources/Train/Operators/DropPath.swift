internal import FermFormat

extension Variable {
  /// Leaves out what a block adds for each image with probability `rate`, and scales it up for the others, in training; else
  /// does nothing (stochastic depth; Huang et al., 2016).
  ///
  /// x: `[N, ...]` -> the same. An image's draw comes from its own place in a counter sequence.
  public func dropPath(_ rate: Float) -> Variable {
    guard tape.mode == .training, rate > 0 else { return self }
    let x = self
    let drop = DropPath(rate: rate, seed: tape.nextSeed(), images: shape[0])
    if tape.kernels != nil, isMap {
      return tape.record(.map(drop.apply(to: map, tape)), from: [self], needsGradient: false) {
        result, gradient in
        if x.needsGradient { x.accumulate(drop.apply(to: result.map(gradient), x.tape)) }
      }
    }
    return tape.record(
      drop.apply(to: value, tape), from: [self], needsGradient: false, trace: { _ in nil }
    ) { dy in
      if x.needsGradient { x.accumulate(drop.apply(to: dy, x.tape)) }
    }
  }
}

/// One use of drop path: forward and backward do the same.
private struct DropPath {
  /// What each image is multiplied by.
  let factors: [Float]

  init(rate: Float, seed: UInt64, images: Int) {
    let (limit, scale) = (UInt64(Double(rate) * 0x1p32), 1 / (1 - rate))
    factors = (0..<images).map { n in
      RandomNumbers.mix(seed &+ UInt64(n) &* 0x9E37_79B9_7F4A_7C15) >> 32 < limit ? 0 : scale
    }
  }

  func apply(to from: Map, _ tape: Tape) -> Map {
    let result = tape.map(from.shape)
    apply(to: from.elements, result.elements, tape)
    return result
  }

  func apply(to from: Tensor, _ tape: Tape) -> Tensor {
    let result = tape.tensor(from.shape)
    apply(to: from, result, tape)
    return result
  }

  private func apply(to from: Tensor, _ to: Tensor, _ tape: Tape) {
    let each = from.count / factors.count
    from.withSpan { from in
      to.writeItems(factors.count, tape) { images, to in
        for n in images {
          let (factor, first) = (factors[n], (n - images.lowerBound) * each)
          let x = from.extracting((n * each)..<((n + 1) * each))
          // What is left out is zero, whatever it was.
          if factor == 0 {
            for i in x.indices { to[first + i] = 0 }
          } else {
            for i in x.indices { to[first + i] = x[i] * factor }
          }
        }
      }
    }
  }
}
