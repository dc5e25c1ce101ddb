internal import FermFormat

/// The four tensors of a batch normalisation, `[C]` each, and its constants.
public struct BatchNormState {
  /// The scale.
  public let weight: Parameter
  /// The shift.
  public let bias: Parameter
  /// The running mean.
  public let mean: Parameter
  /// The running variance, unbiased.
  public let variance: Parameter
  /// Added to the variance.
  public var epsilon: Float = 1e-5
  /// The share of a new batch in the running statistics.
  public var momentum: Float = 0.1

  /// Groups four parameters.
  public init(
    weight: Parameter, bias: Parameter, mean: Parameter, variance: Parameter, epsilon: Float = 1e-5
  ) {
    self.weight = weight
    self.bias = bias
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  /// Whether training, too, normalises by the running statistics: both are frozen.
  var isFrozen: Bool { mean.isFrozen && variance.isFrozen }

  /// Moves a channel's running statistics towards those of a batch, whose variance is biased.
  func follow(_ c: Int, mean batchMean: Double, variance batchVariance: Double, count: Double) {
    let m = Double(momentum)
    let unbiased = count > 1 ? batchVariance * count / (count - 1) : batchVariance
    if !mean.isFrozen { mean.value.data[c] = Float((1 - m) * Double(mean.value.data[c]) + m * batchMean) }
    if !variance.isFrozen {
      variance.value.data[c] = Float((1 - m) * Double(variance.value.data[c]) + m * unbiased)
    }
  }
}

extension BatchNorm: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].batchNorm(
      BatchNormState(
        weight: parameters[weight], bias: parameters[bias], mean: parameters[mean],
        variance: parameters[variance], epsilon: epsilon))
  }
}

extension Variable {
  /// Batch normalisation by channel (Ioffe and Szegedy, 2015).
  ///
  /// x: `[N, C, H, W]` or `[N, C]` -> the same. In training the statistics are the batch's, and the running ones follow with
  /// momentum as in PyTorch, unless the tape leaves them as they are (``Tape/movesStatistics``); else, and where the running
  /// ones are frozen, it normalises by these.
  public func batchNorm(_ state: BatchNormState) -> Variable {
    if let kernels = tape.kernels, isMap { return batchNormOfMaps(state, kernels) }
    let x = self
    let input = value
    let (images, channels, pixels) = (shape[0], shape[1], input.count / (shape[0] * shape[1]))
    let y = tape.tensor(shape)
    let factors = tape.tensor(Shape(channels))
    let means = tape.tensor(Shape(channels))
    let byBatch = tape.mode == .training && !state.isFrozen
    tape.pieces(channels).share(channels) { part in
      for c in part {
        if byBatch {
          let (mean, variance) = statistics(input, c, images, channels, pixels)
          if tape.movesStatistics {
            state.follow(c, mean: mean, variance: variance, count: Double(images * pixels))
          }
          means.data[c] = Float(mean)
          factors.data[c] = Float(1 / (variance + Double(state.epsilon)).squareRoot())
        } else {
          means.data[c] = state.mean.value.data[c]
          factors.data[c] = Float(
            1 / (Double(state.variance.value.data[c]) + Double(state.epsilon)).squareRoot())
        }
        let scale = factors.data[c] * state.weight.value.data[c]
        let shift = state.bias.value.data[c] - means.data[c] * scale
        for n in 0..<images {
          let from = input.data + (n * channels + c) * pixels
          let to = y.data + (n * channels + c) * pixels
          for i in 0..<pixels { to[i] = from[i] * scale + shift }
        }
      }
    }
    return tape.record(
      y, from: self,
      trace: {
        .batchNorm(
          FermFormat.BatchNorm(
            weight: $0.index(state.weight), bias: $0.index(state.bias), mean: $0.index(state.mean),
            variance: $0.index(state.variance), epsilon: state.epsilon))
      },
      backward: { dy in x.batchNormBackward(dy, state, means: means, factors: factors, byBatch: byBatch) })
  }

  /// `dx = w f (dy - mean(dy) - x^ mean(dy x^))` with `x^ = (x - mean) f`; by running statistics, which do not depend on x,
  /// `dx = w f dy`.
  private func batchNormBackward(
    _ dy: Tensor, _ state: BatchNormState, means: Tensor, factors: Tensor, byBatch: Bool
  ) {
    let input = value
    let (images, channels, pixels) = (shape[0], shape[1], input.count / (shape[0] * shape[1]))
    let dx = needsGradient ? tape.tensor(shape) : nil
    let (dw, db) = (state.weight.gradient, state.bias.gradient)
    tape.pieces(channels).share(channels) { part in
      for c in part {
        var (total, product) = (0.0, 0.0)
        for n in 0..<images {
          let place = (n * channels + c) * pixels
          total += Double(sum(dy.data + place, pixels))
          product += Double(dot(dy.data + place, input.data + place, pixels))
        }
        let (mean, factor) = (Double(means.data[c]), Double(factors.data[c]))
        let normalised = (product - mean * total) * factor
        db?.data[c] += Float(total)
        dw?.data[c] += Float(normalised)
        guard let dx else { continue }
        // dx = a dy + b x + d, with everything that is constant in a channel taken together.
        let count = Double(images * pixels)
        let scale = Double(state.weight.value.data[c]) * factor
        let a = Float(scale)
        let b = byBatch ? Float(-scale * normalised / count * factor) : 0
        let d = byBatch ? Float(-scale * total / count + scale * normalised / count * factor * mean) : 0
        for n in 0..<images {
          let place = (n * channels + c) * pixels
          let (from, x, to) = (dy.data + place, input.data + place, dx.data + place)
          for i in 0..<pixels { to[i] = a * from[i] + (b * x[i] + d) }
        }
      }
    }
    if let dx { accumulate(dx) }
  }

  /// Mean and biased variance of one channel: two passes, planes summed in order in fp64.
  private func statistics(_ value: Tensor, _ c: Int, _ images: Int, _ channels: Int, _ pixels: Int) -> (
    Double, Double
  ) {
    let count = Double(images * pixels)
    var total = 0.0
    for n in 0..<images { total += Double(sum(value.data + (n * channels + c) * pixels, pixels)) }
    let mean = total / count
    let centre = SIMD8<Float>(repeating: Float(mean))
    var squares = 0.0
    for n in 0..<images {
      let plane = value.data + (n * channels + c) * pixels
      var lanes = SIMD8<Float>()
      let whole = pixels / 8 * 8
      for i in stride(from: 0, to: whole, by: 8) {
        let d = UnsafeRawPointer(plane + i).loadUnaligned(as: SIMD8<Float>.self) - centre
        lanes += d * d
      }
      var rest: Float = 0
      for i in whole..<pixels { rest += (plane[i] - centre[0]) * (plane[i] - centre[0]) }
      squares += Double(lanes.sum()) + Double(rest)
    }
    // The mean was rounded to fp32 for the differences; put that right.
    let slip = mean - Double(centre[0])
    return (mean, max(0, squares / count - slip * slip))
  }
}
