internal import FermFormat
internal import FermRuntime

/// Any convolution, by unrolled windows: each group of an image becomes a matrix whose columns are windows, and is multiplied.
///
/// Going back, the images of one of eight fixed parts of the batch share a sum, and the parts' sums are added in order.
struct UnrolledConvolution: TrainingConvolution {
  private let shape: ConvolutionShape
  private let images: Int

  init(_ problem: ConvolutionProblem) { (shape, images) = (problem.shape, problem.images) }

  /// Parts of the batch, and the images of one.
  private var parts: Int { min(8, images) }
  private func images(of part: Int) -> Range<Int> { (images * part / parts)..<(images * (part + 1) / parts) }

  /// Room for a part's matrix of windows.
  private func matrices(_ tape: Tape) -> Tensor { tape.tensor(Shape(parts, shape.depth * shape.pixels)) }

  func forward(_ x: Variable, weight: Tensor, bias: Tensor?) -> Variable.Content {
    let (tape, pixels, depth, each) = (x.tape, shape.pixels, shape.depth, shape.outputsInGroup)
    let y = tape.tensor(Shape(images, shape.outputs, shape.outSize.height, shape.outSize.width))
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(x.value), memory.writing(y))
      let (weights, biases) = unsafe (memory.reading(weight), memory.reading(bias))
      let matrices = unsafe memory.writing(matrices(tape))
      tape.forEach(parts) { part in
        // SAFETY: a part's matrix and its images are its own; the sizes are those of the tensors.
        let columns = unsafe matrices + part * depth * pixels
        for n in images(of: part) {
          let result = unsafe to + n * shape.outputs * pixels
          if let biases = unsafe biases {
            for o in 0..<shape.outputs {
              unsafe (result + o * pixels).update(repeating: biases[o], count: pixels)
            }
          }
          for group in 0..<shape.groups {
            unsafe shape.unroll(from + (n * shape.groups + group) * shape.inputsInGroup, into: columns)
            unsafe MatrixProduct.multiply(
              weights + group * each * depth, lda: depth, columns, ldb: pixels,
              into: result + group * each * pixels, ldc: pixels, rows: each, columns: pixels, inner: depth,
              beta: biases == nil ? 0 : 1)
          }
        }
      }
    }
    return .tensor(y)
  }

  func backward(
    _ x: Variable, _ result: Variable, _ gradient: Variable.Contribution, weight: Parameter, bias: Parameter?
  ) {
    let (tape, pixels, depth, each) = (x.tape, shape.pixels, shape.depth, shape.outputsInGroup)
    let dx = x.needsGradient ? tape.tensor(x.shape) : nil
    let partial = tape.tensor(Shape(parts, shape.outputs, depth))
    let partialBias = tape.tensor(Shape(parts, shape.outputs))
    withMemory { memory in
      let (input, dy) = unsafe (memory.reading(x.value), memory.reading(result.tensor(gradient)))
      let (weights, back) = unsafe (memory.reading(weight.value), memory.writing(dx))
      let (sums, biasSums) = unsafe (memory.writing(partial), memory.writing(partialBias))
      let matrices = unsafe memory.writing(matrices(tape))
      tape.forEach(parts) { part in
        // SAFETY: a part's matrix, sums and images are its own; the sizes are those of the tensors.
        let columns = unsafe matrices + part * depth * pixels
        let dw = unsafe sums + part * shape.outputs * depth
        let db = unsafe biasSums + part * shape.outputs
        unsafe db.update(repeating: 0, count: shape.outputs)
        let range = images(of: part)
        for n in range {
          let d = unsafe dy + n * shape.outputs * pixels
          for o in 0..<shape.outputs { unsafe db[o] += sum(d + o * pixels, pixels) }
          for group in 0..<shape.groups {
            let place = (n * shape.groups + group) * shape.inputsInGroup
            let d = unsafe d + group * each * pixels
            unsafe shape.unroll(input + place, into: columns)
            unsafe MatrixProduct.multiply(
              d, lda: pixels, columns, transposedB: true, ldb: pixels, into: dw + group * each * depth,
              ldc: depth, rows: each, columns: depth, inner: pixels, beta: n == range.lowerBound ? 0 : 1)
            if let back = unsafe back {
              unsafe MatrixProduct.multiply(
                weights + group * each * depth, transposedA: true, lda: depth, d, ldb: pixels, into: columns,
                ldc: pixels, rows: depth, columns: pixels, inner: each)
              unsafe shape.rollUp(columns, into: back + place)
            }
          }
        }
      }
    }
    addInOrder(partial, to: weight.gradient, tape)
    addInOrder(partialBias, to: bias?.gradient, tape)
    if let dx { x.accumulate(dx) }
  }

  /// Adds the parts' sums, the first first.
  private func addInOrder(_ partial: Tensor, to gradient: Tensor?, _ tape: Tape) {
    guard let gradient else { return }
    let count = gradient.count
    partial.withSpan { partial in
      gradient.writeItems(count, tape) { range, to in
        for part in 0..<parts {
          let from = part * count + range.lowerBound
          for i in to.indices { to[i] += partial[from + i] }
        }
      }
    }
  }
}
