internal import FermFormat

/// The threads that make a session's packed filters, and the memory in which they widen what they pack: one for all layers.
final class PackingThreads {
  let workers: Workers
  private var memory: AlignedBytes?

  init(_ workers: Workers) { self.workers = workers }

  /// Room for so many floats, which hold anything; until the next request.
  func room(floats: Int) throws(FormatError) -> AlignedBytes {
    if let memory, memory.count >= 4 * floats { return memory }
    memory = nil
    let room = try AlignedBytes(count: 4 * floats)
    memory = room
    return room
  }
}
