internal import FermFormat
internal import FermRuntime

extension Tape {
  /// Memory for a result; it returns to the pool when nobody holds it any more.
  func tensor(_ shape: Shape) -> Tensor { Tensor(unfilled: shape, pool: idlePool) }

  /// The same, filled with zeros.
  func zeros(_ shape: Shape) -> Tensor { Tensor(zeros: shape, pool: idlePool) }

  /// The same for maps of the kernels' layout.
  func map(_ shape: Shape) -> Map { Map(unfilled: shape, lanes: kernels?.lanes ?? 1, pool: idlePool) }

  /// The threads that take part in shared work.
  var threads: Int { workers.count }

  /// Calls `body` for each index below `count`, from any thread and in any order.
  func forEach(_ count: Int, _ body: (Int) -> Void) {
    // An operator may ask for a value in the midst of its own shared work.
    guard !isSharing else {
      for i in 0..<count { body(i) }
      return
    }
    isSharing = true
    workers.forEach(count, body)
    isSharing = false
  }

  /// The same work in so many pieces, whose bounds do not depend on the threads.
  func pieces(_ most: Int) -> TapePieces { TapePieces(tape: self, most: most) }

  /// Runs one of the kernels' loops on all threads; each takes pieces of work until none is left.
  func run<Task>(_ task: inout Task, _ loop: (UnsafeMutablePointer<Task>?, Int) -> Void) {
    // SAFETY: the task outlives the burst, and its loop hands out every piece of work once.
    unsafe withUnsafeMutablePointer(to: &task) { task in
      forEach(workers.count) { unsafe loop(task, $0) }
    }
  }

  /// The same for the runtime's kernels, which take any task.
  func run<Task>(_ task: inout Task, _ loop: (UnsafeMutableRawPointer?, Int) -> Void) {
    // SAFETY: the task outlives the burst, and its loop hands out every piece of work once.
    unsafe withUnsafeMutablePointer(to: &task) { task in
      forEach(workers.count) { unsafe loop(task, $0) }
    }
  }

  /// Calls a C function that treats every element by itself.
  func apply(
    _ function: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void, to x: Tensor,
    into y: Tensor
  ) {
    precondition(x.count == y.count)
    withMemory { memory in
      let (from, to) = unsafe (memory.reading(x), memory.writing(y))
      // SAFETY: both have as many elements, and the ranges do not overlap.
      share(y.count) { unsafe function(from + $0.lowerBound, to + $0.lowerBound, $0.count) }
    }
  }

  /// Adds a tensor to another of the same size.
  func add(_ more: Tensor, to sum: Tensor) {
    sum.writePieces(self, from: more) { sum, more in for i in sum.indices { sum[i] += more[i] } }
  }
}

extension Tape: WorkSharing {
  /// Calls `body` with consecutive ranges that cover `count`; their bounds do not depend on the threads.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) { pieces(16).share(count, body) }
}

/// A tape that shares work out in a given number of pieces.
struct TapePieces: WorkSharing {
  let tape: Tape
  let most: Int

  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    let pieces = max(1, min(most, count))
    tape.forEach(pieces) { body((count * $0 / pieces)..<(count * ($0 + 1) / pieces)) }
  }
}
