internal import FermKernels
internal import FermTrainKernels

/// A function of single elements that maps go through in the pass that computes them.
enum Activation: Equatable {
  case none, relu, silu, hardSwish, sigmoid
  case clip(low: Float, high: Float)

  /// Whether 2x2 pooling may follow in the same pass.
  var isPoolable: Bool { self == .none || self == .relu }

  /// Whether it may follow a sum in the same pass: its result tells what it lets through of a gradient.
  var isToldByResult: Bool {
    switch self {
    case .none, .relu, .clip: true
    case .silu, .hardSwish, .sigmoid: false
    }
  }

  /// Whether its slope is worth keeping where it is needed twice.
  var hasCostlySlope: Bool {
    switch self {
    case .silu, .hardSwish, .sigmoid: true
    case .none, .relu, .clip: false
    }
  }

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
