internal import FermFormat
internal import FermRuntime
internal import FermTrainKernels

/// Lazy normalisation: what batch norm and the activation after it make of maps, noted down and computed by the operator that
/// reads it.
///
/// So the three passes over memory of normalisation, activation and pooling become one, in any network.
struct NormalisedMap {
  /// What is normalised.
  let source: Map
  /// Constants by channel, `[blocks * lanes]` each: mean, scale and shift.
  let constants: Tensor
  let kernels: KernelTable
  /// What follows.
  var activation = Activation.none

  init(source: Map, constants: Tensor, kernels: KernelTable) {
    self.source = source
    self.constants = constants
    self.kernels = kernels
  }

  /// Maps as they are, or an activation of them.
  init(_ source: Map, _ kernels: KernelTable, _ tape: Tape, _ activation: Activation = .none) {
    let channels = source.blocks * source.lanes
    self.init(source: source, constants: tape.zeros(Shape(3, channels)), kernels: kernels)
    constants.withMutableSpan { constants in for c in 0..<channels { constants[channels + c] = 1 } }
    self.activation = activation
  }

  /// The task that all kernels share.
  func task(_ memory: TensorMemory) -> ferm_norm {
    let channels = source.blocks * source.lanes
    let constants = unsafe memory.reading(constants)
    var task = unsafe ferm_norm()
    unsafe task.images = Int32(source.images)
    unsafe task.channels = Int32(source.channels)
    unsafe task.blocks = Int32(source.blocks)
    unsafe task.height = Int32(source.shape[2])
    unsafe task.width = Int32(source.shape[3])
    unsafe task.x = memory.reading(source)
    unsafe task.mean = constants
    unsafe task.scale = constants + channels
    unsafe task.shift = constants + 2 * channels
    unsafe task.activation = activation.task
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
  ///
  /// - Precondition: ``Activation/isPoolable``.
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

  /// The sums of planes `[N, 2, channels]` over all images, `[2, channels]`; or, with `moments`, mean and biased variance by the
  /// planes' sums and their squares around their own means.
  func totals(_ sums: Tensor, moments: Bool, _ tape: Tape) -> [Double] {
    var totals = [Double](repeating: 0, count: 2 * source.blocks * source.lanes)
    withMemory { memory in
      unsafe totals.withUnsafeMutableBufferPointer { totals in
        var task = unsafe ferm_norm_totals()
        unsafe task.images = Int32(source.images)
        unsafe task.blocks = Int32(source.blocks)
        unsafe task.sums = memory.reading(sums)
        unsafe task.moments = moments ? 1 : 0
        unsafe task.pixels = Double(source.pixels)
        // SAFETY: there are two numbers for each channel.
        unsafe task.totals = totals.baseAddress
        unsafe tape.run(&task, kernels.training.pointee.norm_totals)
      }
    }
    return totals
  }
}
