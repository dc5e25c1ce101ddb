/// Probabilities from logits: `exp(x / t)` over their sum, in fp64; they sum to 1 (spec section 9).
public func softmax(_ logits: [Float], temperature: Float = 1) -> [Float] {
  unsafe [Float](unsafeUninitializedCapacity: logits.count) { result, filled in
    filled = logits.count
    guard let start = result.baseAddress else { return }
    unsafe logits.withUnsafeBufferPointer { unsafe softmax($0, temperature: temperature, into: start) }
  }
}

/// The same for memory of any kind: `result` has room for as many numbers.
@unsafe func softmax(
  _ logits: UnsafeBufferPointer<Float>, temperature: Float, into result: UnsafeMutablePointer<Float>
) {
  let largest = unsafe Double(logits.max() ?? 0)
  // A power is computed twice, which spares memory for all of them in double precision.
  func power(_ i: Int) -> Double { unsafe exponential((Double(logits[i]) - largest) / Double(temperature)) }
  var sum = 0.0
  for i in logits.indices { sum += power(i) }
  let isUsable = sum.isFinite && sum > 0
  for i in logits.indices { unsafe result[i] = isUsable ? Float(power(i) / sum) : .nan }
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
