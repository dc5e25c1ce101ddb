public import FermRuntime

/// Shares elementwise work between threads, for code that has no tape.
public struct Sharer: Sendable {
  private let workers: Workers

  /// Uses these threads.
  public init(_ workers: Workers) { self.workers = workers }

  /// Calls `body` with consecutive ranges that cover `count`.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    let pieces = count < 1 << 14 ? 1 : 8
    workers.forEach(pieces) { body((count * $0 / pieces)..<(count * ($0 + 1) / pieces)) }
  }
}
