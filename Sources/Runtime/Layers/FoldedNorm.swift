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

  /// Folds it into the weights `[O][depth]` of the layer before it; rounded once.
  func fold(into weights: AlignedBytes) {
    let floats = unsafe weights.floats
    let depth = weights.count / 4 / scale.count
    for output in scale.indices {
      for i in (output * depth)..<((output + 1) * depth) {
        // SAFETY: there are depth weights for each output, and their memory lives until the function ends.
        unsafe floats[i] = Float(Double(floats[i]) * scale[output])
      }
    }
    withExtendedLifetime(weights) {}
  }

  /// Folds it into that layer's bias.
  func fold(into bias: inout [Float]) {
    for output in bias.indices {
      bias[output] = Float(Double(bias[output]) * scale[output] + shift[output])
    }
  }
}
