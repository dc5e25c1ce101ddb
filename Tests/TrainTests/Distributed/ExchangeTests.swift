import FermFormat
import Foundation
import Testing

@testable import FermTrain

@Suite("The exchange of messages") struct ExchangeTests {
  @Test("sums follow the tree of ranks bit for bit", arguments: [1, 2, 4, 8], [1, 3, 4097, 100_003])
  func sums(_ ranks: Int, _ count: Int) throws {
    for wire in WireFormat.allCases { try sums(ranks, count, wire) }
  }

  private func sums(_ ranks: Int, _ count: Int, _ wire: WireFormat) throws {
    // Large and small ones of both signs: their float sum depends on the order.
    func part(_ rank: Int) -> [Float] {
      var random = RandomNumbers(seed: 7, UInt64(rank))
      return (0..<count).map { _ in (random.uniform() - 0.5) * (random.uniform() < 0.3 ? 1e8 : 1) }
    }
    func tree(_ ranks: Range<Int>) -> [Float] {
      guard ranks.count > 1 else { return part(ranks.lowerBound) }
      let middle = ranks.lowerBound + ranks.count / 2
      return zip(tree(ranks.lowerBound..<middle), tree(middle..<ranks.upperBound)).map {
        wire.travelled($0) + wire.travelled($1)
      }
    }
    let expected = tree(0..<ranks).map(wire.travelled)
    let found = try Wires.run(ranks) { group in
      let (values, other) = (
        Tensor(part(group.rank), shape: Shape(count)), Tensor(zeros: Shape(Exchange.few + 1))
      )
      group.beginSum(values, as: wire)
      other.fill(Float(group.rank))
      group.beginSum(other, as: wire)
      try group.finishSums()
      return (values.values, other.values)
    }
    #expect(found.allSatisfy { $0.0 == expected })
    #expect(found.allSatisfy { $0.1.allSatisfy { $0 == Float(ranks * (ranks - 1) / 2) } })
    if ranks >= 4, count > 3 {
      let straight = (1..<ranks).reduce(part(0)) { sum, rank in
        zip(sum, part(rank)).map { wire.travelled($0) + wire.travelled($1) }
      }
      #expect(straight != expected, "the values do not tell one order from another")
    }
  }

  @Test("numbers and bytes reach everybody", arguments: [1, 2, 4, 8]) func numbers(_ ranks: Int) throws {
    let found = try Wires.run(ranks) { group in
      let sums = try group.sum([Double(group.rank), 0.1])
      let bytes = try group.gather([UInt8](repeating: UInt8(group.rank), count: group.rank * 3))
      let shared = try group.share(Array("from \(group.rank)".utf8), from: ranks - 1)
      return (sums, bytes, String(decoding: shared, as: UTF8.self))
    }
    for (sums, bytes, shared) in found {
      #expect(sums[0] == Double(ranks * (ranks - 1) / 2) && sums == found[0].0)
      #expect(bytes == (0..<ranks).map { [UInt8](repeating: UInt8($0), count: $0 * 3) })
      #expect(shared == "from \(ranks - 1)")
    }
  }

  @Test("a number of processes that is no power of two is refused") func three() {
    #expect(throws: TrainError.self) { _ = try Wires.run(3) { $0.rank } }
  }

  @Test("after a lost process nothing is exchanged any more") func loss() throws {
    let failures = try Wires.run(2, cutAfter: 3) { group -> [TrainError?] in
      (0..<5).map { _ in
        do throws(TrainError) { _ = try group.sum([1]) } catch { return error }
        return nil
      }
    }
    for errors in failures {
      #expect(errors == [nil, nil, nil] + [TrainError?](repeating: .processLost("cut"), count: 2))
    }
  }
}

/// Processes that are threads of this one, with a wire between each two.
private final class Wires: @unchecked Sendable {
  private let condition = NSCondition()
  private var letters: [[Int]: [[UInt8]]] = [:]
  private let most: Int

  private init(most: Int) { self.most = most }

  /// Calls `body` as each of so many processes at once; gives what came out, in their order.
  ///
  /// - Parameter most: exchanges after which each process finds the others gone.
  static func run<Result>(
    _ count: Int, cutAfter most: Int = .max, _ body: @escaping (MessageGroup) throws -> Result
  ) throws -> [Result] {
    let wires = Wires(most: most)
    let outcomes = Outcomes<Result>(count, body)
    for rank in 0..<count {
      Thread.detachNewThread {
        outcomes.run(rank) {
          try MessageGroup { Wire(rank: rank, count: count, wires: wires) }
        }
      }
    }
    return try outcomes.all()
  }

  private func send(_ bytes: [UInt8], from: Int, to: Int) {
    condition.withLock {
      letters[[from, to], default: []].append(bytes)
      condition.broadcast()
    }
  }

  private func receive(from: Int, to: Int) -> [UInt8] {
    condition.withLock {
      while letters[[from, to], default: []].isEmpty { condition.wait() }
      return letters[[from, to], default: []].removeFirst()
    }
  }

  private final class Wire: Transport {
    let rank: Int
    let count: Int
    private let wires: Wires
    private var exchanges = 0

    init(rank: Int, count: Int, wires: Wires) { (self.rank, self.count, self.wires) = (rank, count, wires) }

    func exchange(
      _ sent: RawSpan, into received: inout MutableRawSpan, with other: Int
    ) throws(TrainError) {
      guard exchanges < wires.most else { throw .processLost("cut") }
      exchanges += 1
      wires.send(sent.withUnsafeBytes { Array($0) }, from: rank, to: other)
      let came = wires.receive(from: other, to: rank)
      received.withUnsafeMutableBytes { place in
        precondition(place.count == came.count, "both ends must mean the same message")
        place.copyBytes(from: came)
      }
    }

    func close() {}
  }

  private final class Outcomes<Result>: @unchecked Sendable {
    private let condition = NSCondition()
    private var results: [Swift.Result<Result, any Error>?]
    private let body: (MessageGroup) throws -> Result

    init(_ count: Int, _ body: @escaping (MessageGroup) throws -> Result) {
      (results, self.body) = ([Swift.Result<Result, any Error>?](repeating: nil, count: count), body)
    }

    func run(_ rank: Int, _ join: () throws -> MessageGroup) {
      let result = Swift.Result {
        let group = try join()
        defer { group.close() }
        return try body(group)
      }
      condition.withLock {
        results[rank] = result
        condition.broadcast()
      }
    }

    func all() throws -> [Result] {
      try condition.withLock {
        while results.contains(where: { $0 == nil }) { condition.wait() }
        return try results.compactMap { try $0?.get() }
      }
    }
  }
}
