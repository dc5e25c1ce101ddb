public import FermFormat
internal import FermRuntime

extension Variable {
  /// 2-D cross-correlation plus bias.
  ///
  /// x: `[N, C, H, W]`, weight: `[O, C / groups, kH, kW]`, bias: `[O]` -> `[N, O, H', W']`. The fast engine has two ways of
  /// its own (Convolution+Maps.swift). Else each group of an image is unrolled into a matrix whose columns are windows, and
  /// multiplied; going back, the images of one of eight fixed chunks share a sum.
  public func convolution(
    _ weight: Parameter, bias: Parameter?, stride: Extent = Extent(1), padding: Padding = Padding(),
    groups: Int = 1
  )
    -> Variable
  {
    let w = weight.value.shape
    let window = Windows(
      channels: w[1], height: shape[2], width: shape[3], window: Extent(height: w[2], width: w[3]),
      stride: stride, padding: padding)
    if groups == 1, let result = convolutionOfMaps(weight, bias, window) { return result }
    let (images, outputs) = (shape[0], w[0])
    let each = outputs / groups
    let (x, input) = (self, value)
    let y = tape.tensor(Shape(images, outputs, window.outHeight, window.outWidth))
    let biases = bias?.value
    let chunks = min(8, images)
    let matrices = tape.tensor(Shape(chunks, window.depth * window.pixels))
    tape.forEach(chunks) { chunk in
      let columns = matrices.data + chunk * window.depth * window.pixels
      for n in (images * chunk / chunks)..<(images * (chunk + 1) / chunks) {
        let to = y.data + n * outputs * window.pixels
        if let biases {
          for o in 0..<outputs {
            (to + o * window.pixels).update(repeating: biases.data[o], count: window.pixels)
          }
        }
        for group in 0..<groups {
          window.unroll(input.data + (n * groups + group) * window.inputCount, into: columns)
          MatrixProduct.multiply(
            weight.value.data + group * each * window.depth, lda: window.depth, columns, ldb: window.pixels,
            into: to + group * each * window.pixels, ldc: window.pixels, rows: each, columns: window.pixels,
            inner: window.depth, beta: biases == nil ? 0 : 1)
        }
      }
    }
    return tape.record(
      y, from: self,
      trace: {
        .convolution(
          FermFormat.Convolution(
            weight: $0.index(weight), bias: $0.index(bias),
            stride: stride, padding: padding, groups: groups))
      },
      backward: { dy in x.convolutionBackward(dy, weight, bias, window, groups) })
  }

  private func convolutionBackward(
    _ dy: Tensor, _ weight: Parameter, _ bias: Parameter?, _ window: Windows, _ groups: Int
  ) {
    let (images, outputs) = (shape[0], weight.value.shape[0])
    let each = outputs / groups
    let input = value
    let chunks = min(8, images)
    let dx = needsGradient ? tape.tensor(shape) : nil
    let partial = tape.tensor(Shape(chunks, outputs, window.depth))
    let partialBias = tape.tensor(Shape(chunks, outputs))
    let matrices = tape.tensor(Shape(chunks, window.depth * window.pixels))
    tape.forEach(chunks) { chunk in
      let columns = matrices.data + chunk * window.depth * window.pixels
      let dw = partial.data + chunk * outputs * window.depth
      let db = partialBias.data + chunk * outputs
      db.update(repeating: 0, count: outputs)
      let range = (images * chunk / chunks)..<(images * (chunk + 1) / chunks)
      for n in range {
        let d = dy.data + n * outputs * window.pixels
        for o in 0..<outputs { db[o] += sum(d + o * window.pixels, window.pixels) }
        for group in 0..<groups {
          let (part, place) = (d + group * each * window.pixels, (n * groups + group) * window.inputCount)
          window.unroll(input.data + place, into: columns)
          MatrixProduct.multiply(
            part, lda: window.pixels, columns, transposedB: true, ldb: window.pixels,
            into: dw + group * each * window.depth, ldc: window.depth, rows: each, columns: window.depth,
            inner: window.pixels, beta: n == range.lowerBound ? 0 : 1)
          if let dx {
            MatrixProduct.multiply(
              weight.value.data + group * each * window.depth, transposedA: true, lda: window.depth, part,
              ldb: window.pixels, into: columns, ldc: window.pixels, rows: window.depth,
              columns: window.pixels, inner: each)
            window.rollUp(columns, into: dx.data + place)
          }
        }
      }
    }
    addInOrder(partial, chunks, to: weight.gradient, tape)
    addInOrder(partialBias, chunks, to: bias?.gradient, tape)
    if let dx { accumulate(dx) }
  }
}

/// Adds `chunks` partial sums, the first first.
private func addInOrder(_ partial: Tensor, _ chunks: Int, to gradient: Tensor?, _ tape: Tape) {
  guard let gradient else { return }
  let (from, to, count) = (partial.data, gradient.data, gradient.count)
  tape.share(count) { range in
    for chunk in 0..<chunks {
      let piece = from + chunk * count
      for i in range { to[i] += piece[i] }
    }
  }
}
