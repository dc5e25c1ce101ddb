internal import FermFormat

/// A batch norm as a factor and a summand for each channel, in fp64.
struct FoldedNorm {
  let scale: [Double]
  let shift: [Double]

  init(
    weight: [Float], bias: [Float], mean: [Float], variance: [Float], epsilon: Float
  ) {
    var (scale, shift) = ([Double](), [Double]())
    for c in weight.indices {
      let factor = Double(weight[c]) / (Double(variance[c]) + Double(epsilon)).squareRoot()
      scale.append(factor)
      shift.append(Double(bias[c]) - Double(mean[c]) * factor)
    }
    (self.scale, self.shift) = (scale, shift)
  }

  /// Folds it into the bias of the layer before it, whose weights ``scale`` multiplies.
  func fold(into bias: inout [Float]) {
    for output in bias.indices {
      bias[output] = Float(Double(bias[output]) * scale[output] + shift[output])
    }
  }
}
