internal import FermFormat
internal import FermKernels

extension FusedConvolution {
  /// What it does with its outputs behind bias and ReLU, in place of the nodes that follow it.
  struct Ending: Sendable {
    /// Whether a map of the outputs' shape, or of fewer channels, is added, which the step takes beside its input.
    var adds = false
    /// What comes last.
    var activation = Activation.none

    var isEmpty: Bool { !adds && activation == .none }

    /// As the kernels take it, but for where the map lies that is added.
    func task(adding addend: Place?, lanes: Int) -> ferm_ending {
      var task = unsafe ferm_ending()
      if let addend {
        unsafe task.addend_pitch = addend.pitch
        unsafe task.addend_size = addend.shape[0].inWhole(lanes) * addend.pixels
      }
      switch activation {
      case .none: break
      case .rectifier: unsafe task.activation = Int32(FERM_RELU.rawValue)
      case .silu: unsafe task.activation = Int32(FERM_SILU.rawValue)
      case .hardSwish: unsafe task.activation = Int32(FERM_HARD_SWISH.rawValue)
      case .clip(let low, let high):
        unsafe task.activation = Int32(FERM_CLIP.rawValue)
        unsafe (task.low, task.high) = (low, high)
      }
      return unsafe task
    }
  }
}

/// An activation that a convolution can do on the way: one that leaves zeros, where no channel is, as they are.
enum Activation: Sendable, Equatable {
  case none
  /// Behind a sum; without one, ReLU is done in registers (``FusedConvolution/relu``).
  case rectifier
  case silu
  case hardSwish
  /// With a lower bound of at most zero and an upper one of at least that.
  case clip(low: Float, high: Float)
}
