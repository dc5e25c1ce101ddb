internal import FermFormat

/// The sizes of a layer's weights `[O][depth]`, and a bias for each output.
struct Filters {
  var bias: [Float]
  let outputs: Int
  /// Channels of one group.
  let channels: Int
  let window: Extent

  /// Folds `y * scale + shift` (by output) into weights and bias; in fp64, rounded once.
  mutating func fold(scale: [Double], shift: [Double], into weights: AlignedBytes) {
    let floats = unsafe weights.floats
    let depth = channels * window.height * window.width
    for output in 0..<outputs {
      let factor = scale[output]
      // SAFETY: there are depth weights for each output, and their memory lives until the function ends.
      for i in (output * depth)..<((output + 1) * depth) {
        unsafe floats[i] = Float(Double(floats[i]) * factor)
      }
      bias[output] = Float(Double(bias[output]) * scale[output] + shift[output])
    }
    withExtendedLifetime(weights) {}
  }
}
