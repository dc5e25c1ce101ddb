internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

/// A gradient on its way back from a map: of its elements, or of what an activation and pooling made of them.
struct Flow {
  var map: Map
  /// What followed, where the gradient is that of its result.
  var activation = Activation.none
  /// Whether 2x2 pooling followed, and the gradient is that of its result: which element won, one byte each.
  var winners: Tensor?
  /// Whether somebody else may hold the same maps, which nobody then writes to.
  var isShared = false

  /// Whether the maps have the size of what the gradient is for, and nobody else holds them: they may be written over.
  var isOwn: Bool { winners == nil && !isShared }

  var isOpen: Bool { activation == .none && winners == nil }

  /// The same, of the result of an activation that followed.
  func behind(_ activation: Activation) -> Flow {
    var flow = self
    flow.activation = activation
    return flow
  }

  /// The gradient of the elements themselves.
  func opened(_ target: NormalisedMap, _ tape: Tape) -> Flow {
    if isOpen { return self }
    let channels = target.source.blocks * target.source.lanes
    let constants = tape.zeros(Shape(3, channels))
    constants.withMutableSpan { constants in for c in 0..<channels { constants[c] = 1 } }
    return Flow(map: applied(to: target, constants, tape))
  }

  /// `a dy + b (x - mean) + c` by channel, with x the source of `target` and dy this gradient of its elements.
  ///
  /// - Parameter constants: a, b and c, `[3, blocks * lanes]`.
  func applied(to target: NormalisedMap, _ constants: Tensor, _ tape: Tape) -> Map {
    let channels = target.source.blocks * target.source.lanes
    let result = isOwn ? map : tape.map(target.source.shape)
    withMemory { memory in
      let constants = unsafe memory.reading(constants)
      var task = unsafe task(target, memory)
      unsafe task.a = constants
      unsafe task.b = constants + channels
      unsafe task.c = constants + 2 * channels
      unsafe task.dx = memory.writing(result)
      unsafe task.stream = result.isLarge && !isOwn ? 1 : 0
      unsafe tape.run(&task, target.kernels.training.pointee.norm_gradient)
    }
    return result
  }

  /// The task of going back through `target`.
  func task(_ target: NormalisedMap, _ memory: TensorMemory) -> ferm_norm {
    var task = unsafe target.task(memory)
    unsafe task.dy = memory.reading(map)
    unsafe task.activation = activation.task
    if let winners {
      unsafe task.pool = 1
      unsafe task.winners = memory.writing(winners, as: UInt8.self)
    }
    return unsafe task
  }
}
