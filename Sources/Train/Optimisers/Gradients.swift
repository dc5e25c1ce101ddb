internal import FermFormat

/// What is known of the gradients of all parameters together.
enum Gradients {
  /// The Euclidean norm over all gradients, summed in fp64 over fixed pieces in order.
  static func norm(_ parameters: [Parameter], _ sharer: Sharer) -> Double {
    var total = 0.0
    for gradient in parameters.compactMap({ $0.gradient }) {
      // SAFETY: the pieces lie within the gradient, which the scope holds.
      total += withMemory { memory in
        let data = unsafe memory.reading(gradient)
        return sharer.sum(gradient.count) { range in
          var lanes = SIMD8<Double>()
          let whole = range.lowerBound + range.count / 8 * 8
          for i in stride(from: range.lowerBound, to: whole, by: 8) {
            let values = unsafe SIMD8<Double>(
              UnsafeRawPointer(data + i).loadUnaligned(as: SIMD8<Float>.self))
            lanes += values * values
          }
          var sum = lanes.sum()
          for i in whole..<range.upperBound { sum += unsafe Double(data[i]) * Double(data[i]) }
          return sum
        }
      }
    }
    return total.squareRoot()
  }
}
