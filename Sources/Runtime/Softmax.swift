/// Probabilities from logits: `exp(x / t)` over their sum, in fp64; they sum to 1 (spec section 9).
public func softmax(_ logits: [Float], temperature: Float = 1) -> [Float] {
  let largest = Double(logits.max() ?? 0)
  let powers = logits.map { exponential((Double($0) - largest) / Double(temperature)) }
  let sum = powers.reduce(0, +)
  guard sum.isFinite, sum > 0 else { return logits.map { _ in .nan } }
  return powers.map { Float($0 / sum) }
}

/// e to the power of x, for x of at most 0; within 2 units of the last place.
///
/// Written out because Embedded Swift has no maths module: 2^k e^r with |r| <= ln 2 / 2 and a Taylor sum of 13 terms.
func exponential(_ x: Double) -> Double {
  guard x > -708 else { return x.isNaN ? x : 0 }
  let k = (x * 1.4426950408889634).rounded()
  let r = (x - k * 0.693145751953125) - k * 1.4286068203094173e-06
  var term = 1.0
  var sum = 1.0
  for i in 1...14 {
    term *= r / Double(i)
    sum += term
  }
  return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
}
