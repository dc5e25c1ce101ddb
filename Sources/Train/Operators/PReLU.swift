internal import FermFormat

extension PReLU: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].prelu(parameters[slope])
  }
}

extension Variable {
  /// The rectifier with a slope below zero `x >= 0 ? x : slope x`, by channel (He et al., 2015).
  ///
  /// x: `[N, C, H, W]` or `[N, C]`, slope: `[C]`, or `[1]` for all channels -> the same shape. At 0 its gradient is the slope's.
  public func prelu(_ slope: Parameter) -> Variable {
    let x = self
    let planes = Planes(shape, slopes: slope.value.count)
    let y = tape.tensor(shape)
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(value), memory.writing(y))
      let slopes = unsafe memory.reading(slope.value)
      // SAFETY: planes have their own elements in both, and there is a slope for each.
      tape.share(planes.count) { part in
        for plane in part {
          let factor = unsafe slopes[planes.slope(of: plane)]
          for i in planes.elements(of: plane) { unsafe to[i] = from[i] >= 0 ? from[i] : factor * from[i] }
        }
      }
    }
    return tape.record(
      y, from: [self], [slope], trace: { .prelu(FermFormat.PReLU(slope: $0.index(slope))) },
      backward: { dy in x.preluBackward(dy, slope, planes) })
  }

  private func preluBackward(_ dy: Tensor, _ slope: Parameter, _ planes: Planes) {
    let dx = needsGradient ? tape.tensor(shape) : nil
    let sums = tape.tensor(Shape(planes.count))
    withMemory { memory in
      let (from, given) = unsafe (memory.reading(value), memory.reading(dy))
      let (slopes, back) = unsafe (memory.reading(slope.value), memory.writing(dx))
      let sums = unsafe memory.writing(sums)
      // SAFETY: planes have their own elements and sums, and there is a slope for each.
      tape.share(planes.count) { part in
        for plane in part {
          let (place, count) = (planes.elements(of: plane).lowerBound, planes.pixels)
          unsafe sums[plane] = sumBelowZero(from + place, given + place, count)
          guard let back = unsafe back else { continue }
          let factor = unsafe slopes[planes.slope(of: plane)]
          for i in planes.elements(of: plane) {
            unsafe back[i] = from[i] > 0 ? given[i] : factor * given[i]
          }
        }
      }
    }
    if let gradient = slope.gradient {
      sums.withSpan { sums in
        gradient.withMutableSpan { to in
          for plane in sums.indices { to[planes.slope(of: plane)] += sums[plane] }
        }
      }
    }
    if let dx { accumulate(dx) }
  }
}

/// The channels of all images of a value, each of which has one slope.
private struct Planes {
  let count: Int
  let pixels: Int
  private let slopes: Int

  /// - Precondition: there is one slope, or one a channel.
  init(_ shape: Shape, slopes: Int) {
    precondition(slopes == 1 || slopes == shape[1], "\(slopes) slopes for a value of \(shape.description)")
    count = shape[0] * shape[1]
    pixels = shape.count / count
    self.slopes = slopes
  }

  func slope(of plane: Int) -> Int { plane % slopes }
  func elements(of plane: Int) -> Range<Int> { (plane * pixels)..<((plane + 1) * pixels) }
}

/// The sum of `x dy` where x is not above zero, in eight interleaved chains.
@unsafe private func sumBelowZero(
  _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ count: Int
) -> Float {
  var lanes = SIMD8<Float>()
  let whole = count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    let numbers = unsafe UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<Float>.self)
    let given = unsafe UnsafeRawPointer(dy + i).loadUnaligned(as: SIMD8<Float>.self)
    lanes += numbers.replacing(with: 0, where: numbers .> 0) * given
  }
  var total = lanes.sum()
  for i in whole..<count where unsafe x[i] < 0 { unsafe total += x[i] * dy[i] }
  return total
}
