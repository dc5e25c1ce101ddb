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
    if !mean.isFrozen { mean.value[c] = Float((1 - m) * Double(mean.value[c]) + m * batchMean) }
    if !variance.isFrozen { variance.value[c] = Float((1 - m) * Double(variance.value[c]) + m * unbiased) }
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
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(input), memory.writing(y))
      tape.forEach(channels) { c in
        if byBatch {
          // SAFETY: the planes of a channel lie within the input.
          let (mean, variance) = unsafe statistics(from + c * pixels, images, channels * pixels, pixels)
          if tape.movesStatistics {
            state.follow(c, mean: mean, variance: variance, count: Double(images * pixels))
          }
          means[c] = Float(mean)
          factors[c] = Float(1 / (variance + Double(state.epsilon)).squareRoot())
        } else {
          means[c] = state.mean.value[c]
          factors[c] = Float(1 / (Double(state.variance.value[c]) + Double(state.epsilon)).squareRoot())
        }
        let scale = factors[c] * state.weight.value[c]
        let shift = state.bias.value[c] - means[c] * scale
        for n in 0..<images {
          let place = (n * channels + c) * pixels
          // SAFETY: nobody else has the planes of this channel.
          let (from, to) = unsafe (from + place, to + place)
          for i in 0..<pixels { unsafe to[i] = from[i] * scale + shift }
        }
      }
    }
    return tape.record(
      y, from: [self], [state.weight, state.bias],
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
    withMemory { memory in
      let (given, from) = unsafe (memory.reading(dy), memory.reading(input))
      let results = unsafe memory.writing(dx)
      tape.forEach(channels) { c in
        var (total, product) = (0.0, 0.0)
        for n in 0..<images {
          let place = (n * channels + c) * pixels
          // SAFETY: the planes of a channel lie within both.
          total += Double(unsafe sum(given + place, pixels))
          product += Double(unsafe dot(given + place, from + place, pixels))
        }
        let (mean, factor) = (Double(means[c]), Double(factors[c]))
        let normalised = (product - mean * total) * factor
        db?[c] += Float(total)
        dw?[c] += Float(normalised)
        guard let results = unsafe results else { return }
        // dx = a dy + b x + d, with everything that is constant in a channel taken together.
        let count = Double(images * pixels)
        let scale = Double(state.weight.value[c]) * factor
        let a = Float(scale)
        let b = byBatch ? Float(-scale * normalised / count * factor) : 0
        let d = byBatch ? Float(-scale * total / count + scale * normalised / count * factor * mean) : 0
        for n in 0..<images {
          let place = (n * channels + c) * pixels
          // SAFETY: nobody else has the planes of this channel.
          let (dy, x, to) = unsafe (given + place, from + place, results + place)
          for i in 0..<pixels { unsafe to[i] = a * dy[i] + (b * x[i] + d) }
        }
      }
    }
    if let dx { accumulate(dx) }
  }

  /// Mean and biased variance of a channel, whose planes of `pixels` floats begin `pitch` apart: two passes, planes summed in
  /// order in fp64.
  @unsafe private func statistics(
    _ first: UnsafePointer<Float>, _ images: Int, _ pitch: Int, _ pixels: Int
  ) -> (Double, Double) {
    let count = Double(images * pixels)
    var total = 0.0
    for n in 0..<images { total += Double(unsafe sum(first + n * pitch, pixels)) }
    let mean = total / count
    let centre = SIMD8<Float>(repeating: Float(mean))
    var squares = 0.0
    for n in 0..<images {
      let plane = unsafe first + n * pitch
      var lanes = SIMD8<Float>()
      let whole = pixels / 8 * 8
      for i in stride(from: 0, to: whole, by: 8) {
        let d = unsafe UnsafeRawPointer(plane + i).loadUnaligned(as: SIMD8<Float>.self) - centre
        lanes += d * d
      }
      var rest: Float = 0
      for i in whole..<pixels { unsafe rest += (plane[i] - centre[0]) * (plane[i] - centre[0]) }
      squares += Double(lanes.sum()) + Double(rest)
    }
    // The mean was rounded to fp32 for the differences; put that right.
    let slip = mean - Double(centre[0])
    return (mean, max(0, squares / count - slip * slip))
  }
}
