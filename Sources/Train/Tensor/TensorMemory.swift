internal import FermFormat

/// Pointers to tensors' elements for C code, and the promise that the elements are there as long as the pointers are used.
///
/// ```
/// withMemory { memory in
///   var task = unsafe ferm_norm()
///   unsafe task.x = memory.reading(x)
///   unsafe task.y = memory.writing(y)
///   unsafe tape.run(&task, kernels.training.pointee.norm)
/// }
/// ```
///
/// Whatever a pointer was asked for is held until the scope ends, so that no lifetime is left to be extended by hand. What a
/// pointer may not do is leave the scope, in a result or in a closure that is kept. Asked from the scope's own thread, before
/// the work is shared out.
@safe final class TensorMemory {
  private var held: [Storage] = []

  fileprivate init() {}

  /// Where the elements lie, to be read.
  func reading(_ tensor: Tensor) -> UnsafePointer<Float> { unsafe UnsafePointer(writing(tensor)) }

  /// The same of a tensor that there may be.
  func reading(_ tensor: Tensor?) -> UnsafePointer<Float>? {
    guard let tensor else { return nil }
    return unsafe reading(tensor)
  }

  /// Where the elements lie, to be written.
  func writing(_ tensor: Tensor) -> UnsafeMutablePointer<Float> {
    held.append(tensor.storage)
    return unsafe tensor.storage.pointer
  }

  /// The same of a tensor that there may be.
  func writing(_ tensor: Tensor?) -> UnsafeMutablePointer<Float>? {
    guard let tensor else { return nil }
    return unsafe writing(tensor)
  }

  /// Where a map's elements lie, to be read.
  func reading(_ map: Map) -> UnsafePointer<Float> { unsafe UnsafePointer(writing(map)) }

  /// Where a map's elements lie, to be written.
  func writing(_ map: Map) -> UnsafeMutablePointer<Float> { unsafe writing(map.elements) }

  /// The tensor's memory for elements of another type, which take no more bytes.
  func writing<Element: BitwiseCopyable>(
    _ tensor: Tensor, as type: Element.Type
  ) -> UnsafeMutablePointer<Element> {
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: writing(tensor), count: 4 * tensor.count)
    // SAFETY: memory for tensors is aligned to 64 bytes and never NULL.
    return unsafe bytes.bindMemory(to: type).baseAddress.unsafelyUnwrapped
  }

  /// The same of elements that were written by that type.
  func reading<Element: BitwiseCopyable>(_ tensor: Tensor, as type: Element.Type) -> UnsafePointer<Element> {
    unsafe UnsafePointer(writing(tensor, as: type))
  }

  /// A copy of numbers, to be read.
  func reading<Number: BitwiseCopyable>(_ numbers: [Number]) -> UnsafePointer<Number> {
    let floats = (numbers.count * MemoryLayout<Number>.stride + 3) / 4
    let copy = Tensor(unfilled: Shape(max(floats, 1)))
    let place = unsafe writing(copy, as: Number.self)
    for (i, number) in numbers.enumerated() { unsafe place[i] = number }
    return unsafe UnsafePointer(place)
  }

  fileprivate func end() { withExtendedLifetime(held) {} }
}

/// Calls `body` with a scope for pointers to tensors' elements; all that it gave pointers to lives until `body` returns.
func withMemory<Result, Failure: Error>(
  _ body: (TensorMemory) throws(Failure) -> Result
) throws(Failure) -> Result {
  let memory = TensorMemory()
  defer { memory.end() }
  return try body(memory)
}
