internal import FermKernels
internal import FermTrainKernels

/// A function of single elements that maps go through in the pass that computes them.
enum Activation: Equatable {
  case none, relu, silu, hardSwish, sigmoid
  case clip(low: Float, high: Float)

  /// Whether 2x2 pooling may follow in the same pass.
  var isPoolable: Bool { self == .none || self == .relu }

  /// As the kernels are told.
  var task: ferm_map_activation {
    let (kind, low, high): (ferm_activation, Float, Float) =
      switch self {
      case .none: (FERM_NO_ACTIVATION, 0, 0)
      case .relu: (FERM_RELU, 0, 0)
      case .silu: (FERM_SILU, 0, 0)
      case .hardSwish: (FERM_HARD_SWISH, 0, 0)
      case .sigmoid: (FERM_SIGMOID, 0, 0)
      case .clip(let low, let high): (FERM_CLIP, low, high)
      }
    return ferm_map_activation(kind: Int32(kind.rawValue), low: low, high: high)
  }
}

extension Variable {
  /// An activation of maps, which is noted down and computed by the operator that reads them; nil for a tensor.
  ///
  /// Behind batch norm it joins the note of that one.
  func activated(_ activation: Activation, name: String = #function) -> Variable? {
    guard let kernels = tape.kernels, isMap else { return nil }
    let x = self
    if var note = normalised, note.activation == .none {
      note.activation = activation
      return tape.record(.normalised(note), from: [self], needsGradient: false, name: name) {
        result, gradient in
        guard x.needsGradient else { return }
        var flow = result.flow(gradient)
        flow.activation = activation
        x.accumulate(gated: flow)
      }
    }
    let note = NormalisedMap(of: map, activation, kernels, tape)
    return tape.record(.normalised(note), from: [self], needsGradient: false, name: name) {
      result, gradient in
      guard x.needsGradient else { return }
      var flow = result.flow(gradient)
      flow.activation = activation
      x.accumulate(flow.opened(note, x.tape))
    }
  }
}
