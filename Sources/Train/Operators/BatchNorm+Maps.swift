internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

extension Variable {
  /// Batch normalisation of maps in training: statistics now, the result when the next operator reads it.
  func batchNormOfMaps(_ state: BatchNormState, _ kernels: KernelTable) -> Variable {
    let x = self
    let source = map
    let channels = source.blocks * source.lanes
    let normalised = NormalisedMap(
      source: source, constants: tape.zeros(Shape(3, channels)), kernels: kernels)
    let byBatch = !state.isFrozen
    var moments: [Double] = []
    if byBatch {
      let sums = tape.tensor(Shape(source.images, 2, channels))
      withMemory { memory in
        var task = unsafe normalised.task(memory)
        unsafe task.sums = memory.writing(sums)
        unsafe tape.run(&task, kernels.training.pointee.norm_statistics)
      }
      moments = normalised.totals(sums, moments: true, tape)
    }

    let factors = tape.tensor(Shape(channels))
    let count = Double(source.images * source.pixels)
    for c in 0..<source.channels {
      let mean: Double
      let variance: Double
      if byBatch {
        (mean, variance) = (moments[c], moments[channels + c])
        if tape.movesStatistics { state.follow(c, mean: mean, variance: variance, count: count) }
      } else {
        (mean, variance) = (Double(state.mean.value[c]), Double(state.variance.value[c]))
      }
      let factor = 1 / (variance + Double(state.epsilon)).squareRoot()
      let scale = factor * Double(state.weight.value[c])
      factors[c] = Float(factor)
      normalised.constants[c] = Float(mean)
      normalised.constants[channels + c] = Float(scale)
      normalised.constants[2 * channels + c] = Float(Double(state.bias.value[c]) - mean * scale)
    }
    return tape.record(
      .normalised(normalised), from: [self], [state.weight, state.bias], name: "batchNorm"
    ) { result, gradient in
      x.batchNormOfMapsBackward(result.flow(gradient), normalised, state, factors, byBatch: byBatch)
    }
  }

  /// `dx = w f (dy - mean(dy) - x^ mean(dy x^))` with `x^ = (x - mean) f`; by frozen statistics `dx = w f dy`.
  private func batchNormOfMapsBackward(
    _ given: Flow, _ normalised: NormalisedMap, _ state: BatchNormState, _ factors: Tensor, byBatch: Bool
  ) {
    var flow = given
    let source = normalised.source
    let channels = source.blocks * source.lanes
    let sums = tape.tensor(Shape(source.images, 2, channels))
    withMemory { memory in
      var task = unsafe flow.task(normalised, memory)
      unsafe task.sums = memory.writing(sums)
      if flow.isOwn && flow.activation.hasCostlySlope {
        unsafe task.dx = memory.writing(flow.map)
        flow.activation = .none
      }
      unsafe tape.run(&task, normalised.kernels.training.pointee.norm_sums)
    }
    let totals = normalised.totals(sums, moments: false, tape)

    let constants = tape.zeros(Shape(3, channels))
    let (dw, db) = (state.weight.gradient, state.bias.gradient)
    let count = Double(source.images * source.pixels)
    for c in 0..<source.channels {
      let (total, product) = (totals[c], totals[channels + c])
      let factor = Double(factors[c])
      db?[c] += Float(total)
      dw?[c] += Float(product * factor)
      let scale = Double(state.weight.value[c]) * factor
      constants[c] = Float(scale)
      constants[channels + c] = byBatch ? Float(-scale * product * factor * factor / count) : 0
      constants[2 * channels + c] = byBatch ? Float(-scale * total / count) : 0
    }
    if needsGradient { accumulate(flow.applied(to: normalised, constants, tape)) }
  }
}
