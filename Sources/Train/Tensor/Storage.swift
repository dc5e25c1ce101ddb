internal import FermSystem

/// Floats that live as long as somebody holds them, then return to the pool they came from.
///
/// A class with a `let` pointer: its elements are reached without exclusivity or uniqueness checks.
@safe final class Storage {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  /// At least `count`: memory that was used before may be larger.
  private let capacity: Int
  private let pool: BufferPool?

  init(count: Int, pool: BufferPool?) {
    self.count = count
    self.pool = pool
    if let recycled = unsafe pool?.take(count) {
      unsafe (pointer, capacity) = unsafe recycled
    } else if let memory = unsafe ferm_allocate(4 * count) {
      unsafe pointer = memory.assumingMemoryBound(to: Float.self)
      capacity = count
    } else {
      // A trainer without memory cannot go on, and says so instead of computing with less.
      preconditionFailure("out of memory: \(4 * count) bytes for a tensor; use a smaller batch")
    }
  }

  // SAFETY: nobody else holds the pointer once the object goes.
  deinit { if let pool { unsafe pool.give(pointer, capacity) } else { unsafe ferm_free(pointer) } }
}

/// Keeps the buffers of one training step for the next, which wants the same sizes again, and within a step hands them on to
/// what is nearly as large.
///
/// Used from the thread that builds tapes only; workers never allocate from it.
@safe public final class BufferPool {
  private typealias Buffer = (pointer: UnsafeMutablePointer<Float>, capacity: Int)
  /// By ascending capacity; each buffer is in nobody's hands.
  private var idle: [Buffer] = unsafe []

  /// Makes an empty pool.
  public init() {}

  // SAFETY: what lies here is nobody else's.
  deinit { unsafe idle.forEach { unsafe ferm_free($0.pointer) } }

  /// The first buffer of at least this capacity.
  private func place(_ capacity: Int) -> Int {
    var (low, high) = (0, unsafe idle.count)
    while low < high {
      let middle = (low + high) / 2
      if unsafe idle[middle].capacity < capacity { low = middle + 1 } else { high = middle }
    }
    return low
  }

  fileprivate func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int)? {
    let place = place(count)
    guard unsafe place < idle.count, unsafe idle[place].capacity <= count + count / 2 else { return nil }
    return unsafe idle.remove(at: place)
  }

  fileprivate func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    unsafe idle.insert((pointer, capacity), at: place(capacity))
  }
}
