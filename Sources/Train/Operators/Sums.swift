/// The sum of `count` floats, in eight interleaved chains.
@unsafe func sum(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  let whole = count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    unsafe lanes += UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<Float>.self)
  }
  var total = lanes.sum()
  for i in whole..<count { unsafe total += values[i] }
  return total
}

/// The sum of products of `count` floats, in eight interleaved chains.
@unsafe func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  let whole = count / 8 * 8
  for i in stride(from: 0, to: whole, by: 8) {
    unsafe lanes +=
      UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
      * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
  }
  var total = lanes.sum()
  for i in whole..<count { unsafe total += a[i] * b[i] }
  return total
}
