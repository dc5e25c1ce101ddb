internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

extension Variable {
  /// Sets each element to zero with probability `rate` and scales the others up, in training; else does nothing.
  ///
  /// Each element's draw comes from its own place in a counter sequence, so neither threads nor layouts can change it.
  public func dropout(_ rate: Float) -> Variable {
    guard tape.mode == .training, rate > 0 else { return self }
    let x = self
    let dropout = Dropout(rate: rate, seed: tape.nextSeed())
    if let kernels = tape.kernels, isMap {
      return tape.record(
        .map(dropout.apply(to: map, kernels, tape)), from: [self], needsGradient: false
      ) { result, gradient in
        if x.needsGradient { x.accumulate(dropout.apply(to: result.map(gradient), kernels, x.tape)) }
      }
    }
    return tape.record(
      dropout.apply(to: value, tape), from: [self], needsGradient: false, trace: { _ in nil }
    ) { dy in
      if x.needsGradient { x.accumulate(dropout.apply(to: dy, x.tape)) }
    }
  }
}

/// One use of dropout: forward and backward do the same.
private struct Dropout {
  let scale: Float
  let limit: UInt64
  let seed: UInt64

  init(rate: Float, seed: UInt64) {
    scale = 1 / (1 - rate)
    limit = UInt64(Double(rate) * 0x1p32)
    self.seed = seed
  }

  func apply(to from: Map, _ kernels: KernelTable, _ tape: Tape) -> Map {
    let result = tape.map(from.shape)
    var task = unsafe ferm_dropout()
    unsafe task.images = Int32(from.images)
    unsafe task.channels = Int32(from.channels)
    unsafe task.blocks = Int32(from.blocks)
    unsafe task.pixels = Int32(from.pixels)
    unsafe run(&task, from.elements, result.elements, kernels, tape)
    return result
  }

  func apply(to from: Tensor, _ tape: Tape) -> Tensor {
    let result = tape.tensor(from.shape)
    let rows = from.shape[0]
    if let kernels = tape.kernels, from.count / rows % kernels.lanes == 0 {
      var task = unsafe ferm_dropout()
      unsafe task.images = Int32(rows)
      unsafe task.blocks = 1
      unsafe task.pixels = Int32(from.count / rows / kernels.lanes)
      unsafe task.is_planar = 1
      unsafe run(&task, from, result, kernels, tape)
      return result
    }
    from.withSpan { from in
      result.writeItems(result.count, tape) { range, result in
        for i in range {
          let draw = RandomNumbers.mix(seed &+ UInt64(i) &* 0x9E37_79B9_7F4A_7C15) >> 32
          result[i - range.lowerBound] = draw < limit ? 0 : from[i] * scale
        }
      }
    }
    return result
  }

  private func run(
    _ task: inout ferm_dropout, _ from: Tensor, _ to: Tensor, _ kernels: KernelTable, _ tape: Tape
  ) {
    withMemory { memory in
      // SAFETY: both have the task's size.
      unsafe task.x = memory.reading(from)
      unsafe task.y = memory.writing(to)
      unsafe task.scale = scale
      unsafe task.seed = seed
      unsafe task.limit = limit
      unsafe tape.run(&task, kernels.training.pointee.dropout)
    }
  }
}
