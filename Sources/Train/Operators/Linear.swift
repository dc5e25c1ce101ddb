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
    if let kernels = tape.kernels,
      let layer = LinearProduct(kernels, rows: rows, inputs: inputs, outputs: outputs)
    {
      let y = layer.run(input, weight: weight.value, bias: bias?.value, tape)
      return tape.record(.tensor(y), from: self) { result, gradient in
        let dy = result.tensor(gradient)
        layer.addGradient(input, dy, weight: weight, x.tape)
        addRows(of: dy, to: bias)
        if x.needsGradient { x.accumulate(layer.gradient(input, dy, weight: weight.value, x.tape)) }
      }
    }
    let y = tape.tensor(Shape(rows, outputs))
    let biases = bias?.value
    tape.pieces(8).share(outputs) { part in
      if let biases {
        for n in 0..<rows { for o in part { y.data[n * outputs + o] = biases.data[o] } }
      }
      MatrixProduct.multiply(
        input.data, lda: inputs, weight.value.data + part.lowerBound * inputs, transposedB: true,
        ldb: inputs,
        into: y.data + part.lowerBound, ldc: outputs, rows: rows, columns: part.count, inner: inputs,
        beta: biases == nil ? 0 : 1)
    }
    return tape.record(
      y, from: self,
      trace: { .linear(FermFormat.Linear(weight: $0.index(weight), bias: $0.index(bias))) },
      backward: { dy in x.linearBackward(dy, weight, bias) })
  }

  private func linearBackward(_ dy: Tensor, _ weight: Parameter, _ bias: Parameter?) {
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.value.shape[0])
    let input = value
    if let dw = weight.gradient {
      tape.pieces(8).share(outputs) { part in
        MatrixProduct.multiply(
          dy.data + part.lowerBound, transposedA: true, lda: outputs, input.data, ldb: inputs,
          into: dw.data + part.lowerBound * inputs, ldc: inputs, rows: part.count, columns: inputs,
          inner: rows,
          beta: 1)
      }
    }
    addRows(of: dy, to: bias)
    guard needsGradient else { return }
    let dx = tape.tensor(shape)
    tape.pieces(8).share(inputs) { part in
      MatrixProduct.multiply(
        dy.data, lda: outputs, weight.value.data + part.lowerBound, ldb: inputs,
        into: dx.data + part.lowerBound,
        ldc: inputs, rows: rows, columns: part.count, inner: outputs)
    }
    accumulate(dx)
  }
}
