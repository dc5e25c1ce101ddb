internal import FermRuntime
internal import FermTrainKernels

/// A sum of maps of one shape, noted down with the activation behind it, and computed in one pass by whoever reads it.
struct MapSum {
  /// What is added, either of them normalised on the way.
  let left: NormalisedMap
  let right: NormalisedMap
  /// What follows.
  var activation = Activation.none

  /// The maps themselves.
  func evaluated(_ tape: Tape) -> Map { tape.combined(left, right, activation) }
}

extension Tape {
  /// The sum or the product of maps of one shape, element by element.
  ///
  /// - Parameters:
  ///   - activation: what follows a sum: ``Activation/isToldByResult``.
  ///   - place: where the result is written, which may be an operand's place; nil takes memory for it.
  func combined(
    _ a: NormalisedMap, _ b: NormalisedMap, multiplies: Bool = false, _ activation: Activation = .none,
    into place: Map? = nil
  ) -> Map {
    let result = place ?? map(a.source.shape)
    withMemory { memory in
      var task = unsafe ferm_combination()
      unsafe task.images = Int32(result.images)
      unsafe task.channels = Int32(result.channels)
      unsafe task.blocks = Int32(result.blocks)
      unsafe task.pixels = Int32(result.pixels)
      // SAFETY: maps and constants of one shape have the task's size.
      unsafe task.a = a.operand(memory)
      unsafe task.b = b.operand(memory)
      unsafe task.multiplies = multiplies ? 1 : 0
      unsafe task.activation = activation.task
      unsafe task.stream = place == nil && result.isLarge ? 1 : 0
      unsafe task.y = memory.writing(result)
      unsafe run(&task, a.kernels.training.pointee.combine)
    }
    return result
  }

  /// The sum of two gradients, in the place of one that nobody else holds.
  ///
  /// - Precondition: both are open.
  func added(_ a: Flow, _ b: Flow) -> Flow {
    guard let kernels else { preconditionFailure("maps are the fast engine's") }
    let own = !a.isShared ? a.map : !b.isShared ? b.map : nil
    return Flow(
      map: combined(NormalisedMap(a.map, kernels, self), NormalisedMap(b.map, kernels, self), into: own))
  }
}

extension NormalisedMap {
  /// As the kernels take what they combine.
  fileprivate func operand(_ memory: TensorMemory) -> ferm_operand {
    let task = unsafe task(memory)
    return unsafe ferm_operand(x: task.x, scale: task.scale, shift: task.shift)
  }
}
