internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

/// Lazy normalisation: what batch norm and the ReLU after it make of maps, noted down and computed by the operator that reads it.
///
/// So the three passes over memory of normalisation, ReLU and pooling become one, in any network.
struct NormalisedMap {
  /// What is normalised.
  let source: Map
  /// Constants by channel, `[blocks * lanes]` each: mean, scale and shift.
  let constants: Tensor
  let kernels: KernelTable
  /// Whether ReLU follows.
  var isRectified = false

  /// The task that all kernels share.
  func task(_ memory: TensorMemory) -> ferm_norm {
    let channels = source.blocks * source.lanes
    let constants = unsafe memory.reading(constants)
    var task = unsafe ferm_norm()
    unsafe task.images = Int32(source.images)
    unsafe task.blocks = Int32(source.blocks)
    unsafe task.height = Int32(source.shape[2])
    unsafe task.width = Int32(source.shape[3])
    unsafe task.x = memory.reading(source)
    unsafe task.mean = constants
    unsafe task.scale = constants + channels
    unsafe task.shift = constants + 2 * channels
    unsafe task.relu = isRectified ? 1 : 0
    return unsafe task
  }

  /// The maps themselves.
  func evaluated(_ tape: Tape) -> Map {
    let result = tape.map(source.shape)
    withMemory { memory in
      var task = unsafe task(memory)
      unsafe task.y = memory.writing(result)
      unsafe task.stream = result.isLarge ? 1 : 0
      unsafe tape.run(&task, kernels.training.pointee.norm)
    }
    return result
  }

  /// The largest of each 2x2 window, and which it was.
  func pooled(_ tape: Tape) -> (Map, winners: Tensor) {
    let s = source.shape
    let result = tape.map(Shape(s[0], s[1], s[2] / 2, s[3] / 2))
    // One byte for each element.
    let winners = tape.tensor(Shape(max(1, (result.images * result.pitch + 3) / 4)))
    withMemory { memory in
      var task = unsafe task(memory)
      unsafe task.pool = 1
      unsafe task.y = memory.writing(result)
      unsafe task.winners = memory.writing(winners, as: UInt8.self)
      unsafe tape.run(&task, kernels.training.pointee.norm)
    }
    return (result, winners)
  }
}

/// A gradient on its way back from a map: of its elements, or of what ReLU and pooling made of them.
struct Flow {
  var map: Map
  /// Whether ReLU followed, and the gradient is that of its result.
  var isRectified = false
  /// Whether 2x2 pooling followed, and the gradient is that of its result: which element won, one byte each.
  var winners: Tensor?

  var isOpen: Bool { !isRectified && winners == nil }

  /// The gradient of the elements themselves.
  func opened(_ target: NormalisedMap, _ tape: Tape) -> Map {
    if isOpen { return map }
    let channels = target.source.blocks * target.source.lanes
    let constants = tape.zeros(Shape(3, channels))
    constants.withMutableSpan { constants in for c in 0..<channels { constants[c] = 1 } }
    return applied(to: target, constants, tape)
  }

  /// `a dy + b (x - mean) + c` by channel, with x the source of `target` and dy this gradient of its elements.
  ///
  /// - Parameter constants: a, b and c, `[3, blocks * lanes]`.
  func applied(to target: NormalisedMap, _ constants: Tensor, _ tape: Tape) -> Map {
    let channels = target.source.blocks * target.source.lanes
    // A gradient that was passed on is nobody else's: what has the same size is written in its place.
    let result = winners == nil ? map : tape.map(target.source.shape)
    withMemory { memory in
      let constants = unsafe memory.reading(constants)
      var task = unsafe task(target, memory)
      unsafe task.a = constants
      unsafe task.b = constants + channels
      unsafe task.c = constants + 2 * channels
      unsafe task.dx = memory.writing(result)
      unsafe task.stream = result.isLarge && winners != nil ? 1 : 0
      unsafe tape.run(&task, target.kernels.training.pointee.norm_gradient)
    }
    return result
  }

  /// The task of going back through `target`.
  func task(_ target: NormalisedMap, _ memory: TensorMemory) -> ferm_norm {
    var task = unsafe target.task(memory)
    unsafe task.dy = memory.reading(map)
    unsafe task.relu = isRectified ? 1 : 0
    if let winners {
      unsafe task.pool = 1
      unsafe task.winners = memory.writing(winners, as: UInt8.self)
    }
    return unsafe task
  }
}
