extension Variable {
  /// The sum or the product with a value of the same shape, where one of them is held as maps; nil where neither is, and for
  /// other shapes.
  ///
  /// A sum is noted down and computed when it is read, together with the activation behind it.
  func combinedMaps(with other: Variable, multiplies: Bool, name: String = #function) -> Variable? {
    guard let kernels = tape.kernels, isMap || other.isMap, shape == other.shape else { return nil }
    let (a, b) = (self, other)
    let (left, right) = (operand(kernels), other.operand(kernels))
    guard multiplies else {
      return tape.record(
        .sum(MapSum(left: left, right: right)), from: [a, b], needsGradient: false, name: name
      ) {
        result, gradient in
        var flow = result.flow(gradient)
        flow.isShared = flow.isShared || (a.needsGradient && b.needsGradient)
        if a.needsGradient { a.accumulate(flow) }
        if b.needsGradient { b.accumulate(flow) }
      }
    }
    return tape.record(
      .map(tape.combined(left, right, multiplies: true)), from: [a, b], needsGradient: false, name: name
    ) { result, gradient in
      let (tape, dy) = (result.tape, NormalisedMap(result.map(gradient), kernels, result.tape))
      if a.needsGradient { a.accumulate(tape.combined(dy, b.operand(kernels), multiplies: true)) }
      if b.needsGradient { b.accumulate(tape.combined(dy, a.operand(kernels), multiplies: true)) }
    }
  }
}
