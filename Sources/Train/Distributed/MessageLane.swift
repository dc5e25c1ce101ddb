internal import Foundation

/// A thread that does one job after the other, in the order in which they were begun, and sleeps when there is none.
// Sendable unchecked: the lock guards what both threads touch.
final class MessageLane: @unchecked Sendable {
  private let condition = NSCondition()
  private var waiting: [() -> Void] = []
  /// Jobs begun and not done.
  private var undone = 0
  private var isOver = false

  /// Starts the thread, which lives until ``end()``.
  init() {
    let thread = Thread { [self] in work() }
    thread.name = "messages"
    thread.start()
  }

  private func work() {
    condition.lock()
    while true {
      while waiting.isEmpty, !isOver { condition.wait() }
      guard !waiting.isEmpty else { break }
      let job = waiting.removeFirst()
      condition.unlock()
      job()
      condition.lock()
      undone -= 1
      condition.broadcast()
    }
    condition.unlock()
  }

  /// Lets the thread do a job when it is done with the earlier ones.
  func begin(_ job: @escaping () -> Void) {
    condition.withLock {
      waiting.append(job)
      undone += 1
      condition.broadcast()
    }
  }

  /// Waits until all jobs are done.
  func finish() {
    condition.withLock { while undone > 0 { condition.wait() } }
  }

  /// Lets the thread end when it is done.
  func end() {
    condition.withLock {
      isOver = true
      condition.broadcast()
    }
  }
}
