internal import Glibc

/// Runs `body` on a thread of its own, which nobody waits for.
///
/// - Parameter niceness: 0 to 19; the higher, the more it leaves the processors to others.
public func startThread(niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) {
  final class Task {
    let niceness: Int32
    let body: @Sendable () -> Void
    init(_ niceness: Int32, _ body: @escaping @Sendable () -> Void) {
      (self.niceness, self.body) = (niceness, body)
    }
  }
  let task = Unmanaged.passRetained(Task(niceness, body))
  var thread = pthread_t()
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  // SAFETY: the thread takes over the reference that was retained for it.
  let status = pthread_create(
    &thread, &attributes,
    {
      let task = Unmanaged<Task>.fromOpaque($0!).takeRetainedValue()
      // On Linux this is the calling thread's alone.
      if task.niceness > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, task.niceness) }
      task.body()
      return nil
    }, task.toOpaque())
  pthread_attr_destroy(&attributes)
  precondition(status == 0, "the system starts no thread")
}

/// A mutex and conditions on it.
public final class Lock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  /// Makes an open lock.
  public init() { pthread_mutex_init(mutex, nil) }
  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` while no other thread has the lock.
  public func locked<T>(_ body: () throws -> T) rethrows -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Something that threads which have the lock wait for.
  public final class Condition: @unchecked Sendable {
    private let lock: Lock
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Makes a condition of a lock.
    public init(_ lock: Lock) {
      self.lock = lock
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    }
    deinit {
      pthread_cond_destroy(condition)
      condition.deallocate()
    }

    /// Gives the lock away until somebody wakes this thread; may also return for no reason.
    public func wait() { pthread_cond_wait(condition, lock.mutex) }

    /// As ``wait()``, for some seconds at most.
    ///
    /// - Returns: false when the time was up.
    public func wait(seconds: Double) -> Bool {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      let end = Double(time.tv_nsec) * 1e-9 + seconds
      time.tv_sec += Int(end)
      time.tv_nsec = Int((end - end.rounded(.down)) * 1e9)
      return pthread_cond_timedwait(condition, lock.mutex, &time) == 0
    }

    /// Wakes one thread that waits.
    public func signal() { pthread_cond_signal(condition) }
    /// Wakes all threads that wait.
    public func broadcast() { pthread_cond_broadcast(condition) }
  }
}
