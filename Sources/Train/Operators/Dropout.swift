internal import FermTrainKernels

extension Variable {
  /// Sets each element to zero with probability `rate` and scales the others up, in training; else does nothing.
  ///
  /// Each element's draw comes from its own place in a counter sequence, so threads cannot change it.
  public func dropout(_ rate: Float) -> Variable {
    guard tape.mode == .training, rate > 0 else { return self }
    let x = self
    let seed = tape.nextSeed()
    let (scale, limit) = (1 / (1 - rate), UInt64(Double(rate) * 0x1p32))
    if let kernels = tape.kernels, isMap {
      func dropped(_ from: Map) -> Map {
        let result = tape.map(shape)
        var task = ferm_dropout()
        task.images = Int32(from.images)
        task.channels = Int32(from.channels)
        task.blocks = Int32(from.blocks)
        task.pixels = Int32(from.pixels)
        task.x = UnsafePointer(from.data)
        task.y = result.data
        task.scale = scale
        task.seed = seed
        task.limit = limit
        tape.run(&task, kernels.training.pointee.dropout)
        return result
      }
      return tape.record(.map(dropped(map)), from: self, needsGradient: false) { result, gradient in
        x.accumulate(dropped(result.map(gradient)))
      }
    }
    func apply(_ from: Tensor) -> Tensor {
      let result = tape.tensor(shape)
      let (input, output) = (from.data, result.data)
      tape.share(result.count) { range in
        for i in range {
          let draw = RandomNumbers.mix(seed &+ UInt64(i) &* 0x9E37_79B9_7F4A_7C15) >> 32
          output[i] = draw < limit ? 0 : input[i] * scale
        }
      }
      return result
    }
    return tape.record(apply(value), from: self, needsGradient: false, trace: { _ in nil }) { dy in
      if x.needsGradient { x.accumulate(apply(dy)) }
    }
  }
}
