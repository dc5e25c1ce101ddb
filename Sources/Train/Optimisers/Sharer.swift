public import FermRuntime

/// Shares elementwise work between threads, for code that has no tape.
public struct Sharer: Sendable, WorkSharing {
  private let workers: Workers
  private static let pieces = 8

  /// Uses these threads.
  public init(_ workers: Workers) { self.workers = workers }

  /// Calls `body` with consecutive ranges that cover `count`.
  func share(_ count: Int, _ body: (Range<Int>) -> Void) {
    guard count >= 1 << 14 else { return body(0..<count) }
    workers.forEach(Self.pieces) { body(Self.range($0, of: count)) }
  }

  /// The sum of what `body` gives for ranges that cover `count`, which are the same for any number of threads.
  func sum(_ count: Int, _ body: (Range<Int>) -> Double) -> Double {
    sums(count) { SIMD4(body($0), 0, 0, 0) }[0]
  }

  /// Four sums at once.
  func sums(_ count: Int, _ body: (Range<Int>) -> SIMD4<Double>) -> SIMD4<Double> {
    guard count >= 1 << 14 else { return body(0..<count) }
    let sums = UnsafeMutablePointer<SIMD4<Double>>.allocate(capacity: Self.pieces)
    defer { unsafe sums.deallocate() }
    // SAFETY: each piece writes its own place, and all of them have when they are added.
    workers.forEach(Self.pieces) { unsafe sums[$0] = body(Self.range($0, of: count)) }
    return (0..<Self.pieces).reduce(SIMD4()) { unsafe $0 + sums[$1] }
  }

  private static func range(_ piece: Int, of count: Int) -> Range<Int> {
    (count * piece / pieces)..<(count * (piece + 1) / pieces)
  }
}
