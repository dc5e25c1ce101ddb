public import FermFormat
internal import FermSystem

/// A small pool of threads for short bursts of equal tasks; idle threads sleep.
///
/// With a count of 1 no thread is ever made. One burst runs at a time; a task must not start another.
@safe public final class Workers: @unchecked Sendable {
  /// The threads that work in a burst, the caller's among them.
  public let count: Int
  private let pool: OpaquePointer

  /// Makes a pool.
  ///
  /// - Parameter count: threads; 0 takes as many as this process may use processors.
  /// - Throws: `memory` when the system starts no thread.
  public convenience init(count: Int = 0) throws(FormatError) {
    let wanted = count > 0 ? min(count, 256) : Int(ferm_processor_count())
    guard let pool = unsafe ferm_workers_create(Int32(wanted)) else {
      throw FormatError(.memory, "\(wanted) threads could not be started; ask for fewer.")
    }
    unsafe self.init(owning: pool, count: wanted)
  }

  private init(owning pool: OpaquePointer, count: Int) {
    unsafe self.pool = pool
    self.count = count
  }

  // SAFETY: the pool is this object's alone, and no burst runs when the object goes.
  deinit { unsafe ferm_workers_destroy(pool) }

  /// Calls `body` once for each index below `tasks`, in no fixed order, and returns when all are done.
  public func forEach(_ tasks: Int, _ body: (Int) -> Void) {
    if count == 1 || tasks == 1 {
      for index in 0..<max(0, tasks) { body(index) }
      return
    }
    guard tasks > 0 else { return }
    // SAFETY: the closure outlives the burst, which ends before this call returns.
    withoutActuallyEscaping(body) { body in
      var box = Burst(body: body)
      unsafe withUnsafeMutablePointer(to: &box) { context in
        unsafe ferm_workers_run(
          pool, { unsafe $0?.assumingMemoryBound(to: Burst.self).pointee.body($1) }, context, tasks)
      }
    }
  }

  /// The same for a C function, which gets `context`; a closure would take memory for what it captures.
  @unsafe func run(
    _ tasks: Int, _ body: @convention(c) (UnsafeMutableRawPointer?, Int) -> Void,
    _ context: UnsafeMutableRawPointer?
  ) {
    unsafe ferm_workers_run(pool, body, context, tasks)
  }

  /// Has each thread but the caller's call a C function once, with `context`, and returns; ``end()`` must follow.
  @unsafe func begin(
    _ body: @convention(c) (UnsafeMutableRawPointer?, Int) -> Void, _ context: UnsafeMutableRawPointer?
  ) {
    unsafe ferm_workers_begin(pool, body, context)
  }

  /// Returns when all of these calls are done; those that have not begun need not.
  func end() { unsafe ferm_workers_end(pool) }
}

private struct Burst { let body: (Int) -> Void }
