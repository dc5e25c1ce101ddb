public import FermFormat
internal import FermSystem

/// Floats that live as long as somebody holds them, then return to the pool they came from.
///
/// A class with a `let` pointer: its elements are reached without exclusivity or uniqueness checks.
public final class Storage {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  /// At least `count`: memory that was used before may be larger.
  private let capacity: Int
  private let pool: BufferPool?

  init(count: Int, pool: BufferPool?) {
    self.count = count
    self.pool = pool
    if let recycled = pool?.take(count) {
      (pointer, capacity) = recycled
    } else if let memory = ferm_allocate(4 * count) {
      pointer = memory.assumingMemoryBound(to: Float.self)
      capacity = count
    } else {
      // A trainer without memory cannot go on, and says so instead of computing with less.
      preconditionFailure("out of memory: \(4 * count) bytes for a tensor; use a smaller batch")
    }
  }

  // SAFETY: nobody else holds the pointer once the object goes.
  deinit {
    if let pool { pool.give(pointer, capacity) } else { ferm_free(pointer) }
  }
}

/// Keeps the buffers of one training step for the next, which wants the same sizes again, and within a step hands them on to
/// what is nearly as large.
///
/// Used from the thread that builds tapes only; workers never allocate from it.
public final class BufferPool {
  private typealias Buffer = (pointer: UnsafeMutablePointer<Float>, capacity: Int)
  /// By ascending capacity.
  private var idle: [Buffer] = []

  /// Makes an empty pool.
  public init() {}

  deinit { for buffer in idle { ferm_free(buffer.pointer) } }

  /// The first buffer of at least this capacity.
  private func place(_ capacity: Int) -> Int {
    var (low, high) = (0, idle.count)
    while low < high {
      let middle = (low + high) / 2
      if idle[middle].capacity < capacity { low = middle + 1 } else { high = middle }
    }
    return low
  }

  fileprivate func take(_ count: Int) -> (UnsafeMutablePointer<Float>, Int)? {
    let place = place(count)
    guard place < idle.count, idle[place].capacity <= count + count / 2 else { return nil }
    return idle.remove(at: place)
  }

  fileprivate func give(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
    idle.insert((pointer, capacity), at: place(capacity))
  }
}

/// A dense fp32 array in row-major order; copies share their elements.
public struct Tensor {
  /// All dimensions, the batch first.
  public let shape: Shape
  let storage: Storage

  /// Takes memory for a tensor whose elements the caller will write, all of them.
  init(unfilled shape: Shape, pool: BufferPool? = nil) {
    self.shape = shape
    storage = Storage(count: shape.count, pool: pool)
  }

  /// Makes a tensor of zeros.
  public init(zeros shape: Shape, pool: BufferPool? = nil) {
    self.init(unfilled: shape, pool: pool)
    data.update(repeating: 0, count: count)
  }

  /// Makes a tensor from its elements; missing ones are zero, extra ones are ignored.
  public init(_ values: [Float], shape: Shape) {
    self.init(zeros: shape)
    for (i, value) in values.prefix(count).enumerated() { data[i] = value }
  }

  private init(storage: Storage, shape: Shape) {
    self.storage = storage
    self.shape = shape
  }

  /// The number of elements.
  public var count: Int { storage.count }
  /// The elements; valid as long as the tensor lives.
  public var data: UnsafeMutablePointer<Float> { storage.pointer }
  /// A copy of the elements.
  public var values: [Float] {
    // Nobody else may hold the storage while it is copied.
    withExtendedLifetime(storage) { Array(UnsafeBufferPointer(start: data, count: count)) }
  }

  /// The same elements under another shape of the same size.
  func reshaped(_ shape: Shape) -> Tensor { Tensor(storage: storage, shape: shape) }
}
