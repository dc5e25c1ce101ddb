internal import FermFormat

extension Linear: TrainableOperator {
  func apply(to inputs: [Variable], _ parameters: [Parameter]) -> Variable {
    inputs[0].linear(parameters[weight], bias: bias.map { parameters[$0] })
  }
}

extension Variable {
  /// A fully connected layer: x: `[N, F]`, weight: `[O, F]`, bias: `[O]` -> `[N, O]`.
  public func linear(_ weight: Parameter, bias: Parameter?) -> Variable {
    let (x, input) = (self, value)
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.value.shape[0])
    if let kernels = tape.multiplying,
      let layer = LinearProduct(kernels, rows: rows, inputs: inputs, outputs: outputs)
    {
      let y = layer.run(input, weight: weight.value, bias: bias?.value, tape)
      return tape.record(.tensor(y), from: [self], [weight, bias]) { result, gradient in
        let dy = result.tensor(gradient)
        layer.addGradient(input, dy, weight: weight, x.tape)
        addRows(of: dy, to: bias)
        if x.needsGradient { x.accumulate(layer.gradient(input, dy, weight: weight.value, x.tape)) }
      }
    }
    let y = tape.tensor(Shape(rows, outputs))
    withMemory { memory in
      let (from, weights, to) = unsafe (
        memory.reading(input), memory.reading(weight.value), memory.writing(y)
      )
      let biases = unsafe memory.reading(bias?.value)
      // SAFETY: each part has its own outputs, of the weights' rows and of y's columns.
      tape.pieces(8).share(outputs) { part in
        if let biases = unsafe biases {
          for n in 0..<rows { for o in part { unsafe to[n * outputs + o] = biases[o] } }
        }
        unsafe MatrixProduct.multiply(
          from, lda: inputs, weights + part.lowerBound * inputs, transposedB: true, ldb: inputs,
          into: to + part.lowerBound, ldc: outputs, rows: rows, columns: part.count, inner: inputs,
          beta: bias == nil ? 0 : 1)
      }
    }
    return tape.record(
      y, from: [self], [weight, bias],
      trace: { .linear(FermFormat.Linear(weight: $0.index(weight), bias: $0.index(bias))) },
      backward: { dy in x.linearBackward(dy, weight, bias) })
  }

  private func linearBackward(_ dy: Tensor, _ weight: Parameter, _ bias: Parameter?) {
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.value.shape[0])
    withMemory { memory in
      let given = unsafe memory.reading(dy)
      if let dw = unsafe memory.writing(weight.gradient) {
        let from = unsafe memory.reading(value)
        // SAFETY: each part has its own outputs, of the gradient's rows.
        tape.pieces(8).share(outputs) { part in
          unsafe MatrixProduct.multiply(
            given + part.lowerBound, transposedA: true, lda: outputs, from, ldb: inputs,
            into: dw + part.lowerBound * inputs, ldc: inputs, rows: part.count, columns: inputs, inner: rows,
            beta: 1)
        }
      }
      addRows(of: dy, to: bias)
      guard needsGradient else { return }
      let dx = tape.tensor(shape)
      let (weights, to) = unsafe (memory.reading(weight.value), memory.writing(dx))
      // SAFETY: each part has its own inputs, of the weights' and of dx's columns.
      tape.pieces(8).share(inputs) { part in
        unsafe MatrixProduct.multiply(
          given, lda: outputs, weights + part.lowerBound, ldb: inputs, into: to + part.lowerBound,
          ldc: inputs, rows: rows, columns: part.count, inner: outputs)
      }
      accumulate(dx)
    }
  }
}
