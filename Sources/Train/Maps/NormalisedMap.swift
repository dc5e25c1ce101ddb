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

  private var stride: Int { source.blocks * source.lanes }
  var mean: UnsafeMutablePointer<Float> { constants.data }
  var scale: UnsafeMutablePointer<Float> { constants.data + stride }
  var shift: UnsafeMutablePointer<Float> { constants.data + 2 * stride }

  /// The task that all kernels share.
  func task() -> ferm_norm {
    var task = ferm_norm()
    task.images = Int32(source.images)
    task.blocks = Int32(source.blocks)
    task.height = Int32(source.shape[2])
    task.width = Int32(source.shape[3])
    task.x = UnsafePointer(source.data)
    task.mean = UnsafePointer(mean)
    task.scale = UnsafePointer(scale)
    task.shift = UnsafePointer(shift)
    task.relu = isRectified ? 1 : 0
    return task
  }

  /// The maps themselves.
  func evaluated(_ tape: Tape) -> Map {
    let result = tape.map(source.shape)
    var task = task()
    task.y = result.data
    task.stream = result.isLarge ? 1 : 0
    tape.run(&task, kernels.training.pointee.norm)
    return result
  }

  /// The largest of each 2x2 window, and which it was.
  func pooled(_ tape: Tape) -> (Map, winners: Tensor) {
    let s = source.shape
    let result = tape.map(Shape(s[0], s[1], s[2] / 2, s[3] / 2))
    // One byte for each element.
    let winners = tape.tensor(Shape(max(1, (result.images * result.pitch + 3) / 4)))
    var task = task()
    task.pool = 1
    task.y = result.data
    task.winners = UnsafeMutableRawPointer(winners.data).assumingMemoryBound(to: UInt8.self)
    tape.run(&task, kernels.training.pointee.norm)
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
    let constants = tape.tensor(Shape(2, channels))
    constants.data.update(repeating: 1, count: channels)
    (constants.data + channels).update(repeating: 0, count: channels)
    let zeros = constants.data + channels
    defer { withExtendedLifetime(constants) {} }
    return applied(to: target, a: constants.data, b: zeros, c: zeros, tape)
  }

  /// `a dy + b (x - mean) + c` by channel, with x the source of `target` and dy this gradient of its elements.
  func applied(
    to target: NormalisedMap, a: UnsafePointer<Float>, b: UnsafePointer<Float>, c: UnsafePointer<Float>,
    _ tape: Tape
  ) -> Map {
    // A gradient that was passed on is nobody else's: what has the same size is written in its place.
    let result = winners == nil ? map : tape.map(target.source.shape)
    var task = task(target)
    task.a = a
    task.b = b
    task.c = c
    task.dx = result.data
    task.stream = result.isLarge && winners != nil ? 1 : 0
    tape.run(&task, target.kernels.training.pointee.norm_gradient)
    return result
  }

  /// The task of going back through `target`.
  func task(_ target: NormalisedMap) -> ferm_norm {
    var task = target.task()
    task.dy = UnsafePointer(map.data)
    task.relu = isRectified ? 1 : 0
    if let winners {
      task.pool = 1
      task.winners = UnsafeMutableRawPointer(winners.data).assumingMemoryBound(to: UInt8.self)
    }
    return task
  }
}
