internal import FermFormat
internal import FermKernels
internal import FermRuntime

extension Softmax: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].softmax()
  }
}

extension Variable {
  /// `exp(x)` over the sum of all channels' at the same place: x: `[N, F]` or `[N, C, H, W]` -> the same shape.
  public func softmax() -> Variable {
    let x = self
    let (images, channels) = (shape[0], shape[1])
    let pixels = value.count / (images * channels)
    let y = tape.tensor(shape)
    let input = value
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(input), memory.writing(y))
      tape.share(images) { range in
        for n in range {
          let start = n * channels * pixels
          // SAFETY: every image has its own place in both. A map in blocks of one channel lies as it does here.
          unsafe KernelTable.elements.table.pointee.softmax(
            from + start, to + start, Int32(channels), 1, Int32(pixels))
        }
      }
    }
    return tape.record(
      y, from: [self], needsGradient: false, trace: { _ in .softmax(FermFormat.Softmax()) }
    ) { dy in
      guard x.needsGradient else { return }
      let dx = x.tape.tensor(x.shape)
      dx.writeItems(images, x.tape, from: y, dy) { images, dx, p, dy in
        for n in 0..<images.count {
          for pixel in 0..<pixels {
            let places = stride(
              from: n * channels * pixels + pixel, to: (n + 1) * channels * pixels, by: pixels)
            var total: Float = 0
            for i in places { total += p[i] * dy[i] }
            for i in places { dx[i] = p[i] * (dy[i] - total) }
          }
        }
      }
      x.accumulate(dx)
    }
  }
}
