import Foundation
import Testing

@testable import FermRuntime

@Suite("The pool of threads")
struct WorkersTests {
  /// How often each task of a burst ran.
  private func counts(_ workers: Workers, tasks: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: tasks)
    counts.withUnsafeMutableBufferPointer { counts in
      // SAFETY: each task writes its own number.
      workers.forEach(tasks) { counts[$0] += 1 }
    }
    return counts
  }

  @Test(
    "runs every task once, whether there are more of them than threads or fewer", arguments: [1, 2, 3, 8])
  func once(threads: Int) throws {
    let workers = try Workers(count: threads)
    for _ in 0..<200 {
      for tasks in 0..<12 { #expect(counts(workers, tasks: tasks).allSatisfy { $0 == 1 }) }
    }
  }

  @Test("wakes threads that have gone to sleep, a few or all of them", arguments: [2, 3, 8])
  func asleep(threads: Int) throws {
    let workers = try Workers(count: threads)
    for tasks in [2, 8, 3, 2, 100, 2] {
      Thread.sleep(forTimeInterval: 0.005)
      #expect(counts(workers, tasks: tasks).allSatisfy { $0 == 1 })
    }
  }
}
