import FermTrain
import Foundation

/// A group of ranks that are threads of this process: what they send lies on a board that all of them read.
final class ThreadGroup: ProcessGroup {
  let rank: Int
  var count: Int { board.count }
  /// Told of each tensor whose sum is begun.
  var observer: ((Tensor) -> Void)?
  /// The messages after which this rank finds another one lost.
  var messagesLeft = Int.max
  private let board: Board
  private var begun: [(place: Int, tensor: Tensor, values: [Float], wire: WireFormat)] = []
  private var messages = 0

  private init(rank: Int, board: Board) { (self.rank, self.board) = (rank, board) }

  /// Calls `body` as each of so many ranks at once; gives what came out, in their order.
  static func run<Result>(
    _ count: Int, _ body: @escaping (ThreadGroup) throws -> Result
  ) throws -> [Result] {
    let work = Work(Board(count: count), body)
    let threads = (0..<count).map { rank in Thread { work.run(ThreadGroup(rank: rank, board: work.board)) } }
    for thread in threads {
      thread.stackSize = 8 << 20
      thread.start()
    }
    return try work.results()
  }

  func beginSum(_ values: Tensor, as wire: WireFormat) {
    observer?(values)
    let copy = values.values
    begun.append((board.post(.floats(copy), rank, messages), values, copy, wire))
    messages += 1
  }

  func finishSums() throws(TrainError) {
    defer { begun = [] }
    try countDown()
    for (place, tensor, values, wire) in begun {
      precondition(tensor.values == values, "somebody touched a tensor on its way")
      let sum = Self.sum(board.all(place).map { $0.floats }[...]) {
        wire.travelled($0) + wire.travelled($1)
      }
      tensor.update(from: sum.map(wire.travelled))
    }
  }

  func sum(_ numbers: [Double]) throws(TrainError) -> [Double] {
    try exchange(.numbers(numbers)) { Self.sum($0.map { $0.numbers }[...], +) }
  }

  func share(_ bytes: [UInt8], from rank: Int) throws(TrainError) -> [UInt8] {
    try exchange(.bytes(bytes)) { $0[rank].bytes }
  }

  func gather(_ bytes: [UInt8]) throws(TrainError) -> [[UInt8]] {
    try exchange(.bytes(bytes)) { $0.map { $0.bytes } }
  }

  private func exchange<Result>(
    _ letter: Letter, _ read: ([Letter]) -> Result
  ) throws(TrainError) -> Result {
    try countDown()
    let place = board.post(letter, rank, messages)
    messages += 1
    return read(board.all(place))
  }

  private func countDown() throws(TrainError) {
    guard messagesLeft > 0 else { throw .processLost("rank 1 is gone") }
    messagesLeft -= 1
  }

  /// Place by place along the tree, as the protocol says.
  private static func sum<Number>(
    _ lists: ArraySlice<[Number]>, _ add: (Number, Number) -> Number
  ) -> [Number] {
    guard lists.count > 1 else { return lists.first ?? [] }
    let middle = lists.startIndex + lists.count / 2
    return zip(sum(lists[..<middle], add), sum(lists[middle...], add)).map { add($0, $1) }
  }

  /// What one rank sends.
  private enum Letter: Sendable {
    case floats([Float])
    case numbers([Double])
    case bytes([UInt8])

    var floats: [Float] { if case .floats(let values) = self { values } else { [] } }
    var numbers: [Double] { if case .numbers(let values) = self { values } else { [] } }
    var bytes: [UInt8] { if case .bytes(let values) = self { values } else { [] } }
  }

  /// SAFETY: the condition guards the letters. It is not a `Mutex`, whose order the thread sanitizer does not see.
  private final class Board: @unchecked Sendable {
    let count: Int
    private let condition = NSCondition()
    private var letters: [Int: [Int: Letter]] = [:]

    init(count: Int) { self.count = count }

    func post(_ letter: Letter, _ rank: Int, _ place: Int) -> Int {
      condition.withLock {
        letters[place, default: [:]][rank] = letter
        condition.broadcast()
      }
      return place
    }

    /// Waits for a place's letters of all ranks.
    func all(_ place: Int) -> [Letter] {
      condition.withLock {
        while (letters[place]?.count ?? 0) < count { condition.wait() }
        return (0..<count).compactMap { letters[place]?[$0] }
      }
    }
  }

  /// SAFETY: threads share nothing but the board and the outcomes, which are locked, and each calls `body` with a group of its own.
  private final class Work<Result>: @unchecked Sendable {
    let board: Board
    private let body: (ThreadGroup) throws -> Result
    private let lock = NSCondition()
    private var outcomes: [Int: Swift.Result<Result, any Error>] = [:]

    init(_ board: Board, _ body: @escaping (ThreadGroup) throws -> Result) {
      (self.board, self.body) = (board, body)
    }

    func run(_ group: ThreadGroup) {
      let outcome = Swift.Result { try body(group) }
      lock.withLock {
        outcomes[group.rank] = outcome
        lock.signal()
      }
    }

    func results() throws -> [Result] {
      try lock.withLock {
        while outcomes.count < board.count { lock.wait() }
        return try (0..<board.count).compactMap { try outcomes[$0]?.get() }
      }
    }
  }
}
