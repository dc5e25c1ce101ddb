extension Variable {
  /// An activation of maps, which is noted down and computed by the operator that reads them; nil for a tensor.
  ///
  /// Behind batch norm or a sum it joins the note of that one.
  func activated(_ activation: Activation, name: String = #function) -> Variable? {
    guard let kernels = tape.kernels, isMap else { return nil }
    let x = self
    if var note = normalised, note.activation == .none {
      note.activation = activation
      return tape.record(.normalised(note), from: [self], needsGradient: false, name: name) {
        result, gradient in
        guard x.needsGradient else { return }
        x.accumulate(result.flow(gradient).behind(activation))
      }
    }
    if var sum = pendingSum, sum.activation == .none, activation.isToldByResult {
      sum.activation = activation
      return tape.record(.sum(sum), from: [self], needsGradient: false, name: name) { result, gradient in
        guard x.needsGradient else { return }
        let told = NormalisedMap(result.map, kernels, x.tape)
        x.accumulate(result.flow(gradient).behind(activation).opened(told, x.tape))
      }
    }
    let note = NormalisedMap(map, kernels, tape, activation)
    return tape.record(.normalised(note), from: [self], needsGradient: false, name: name) {
      result, gradient in
      guard x.needsGradient else { return }
      x.accumulate(result.flow(gradient).behind(activation).opened(note, x.tape))
    }
  }
}
