/// Processes that reach each other by messages, which a thread of its own exchanges while others compute.
///
/// After a failure nothing is exchanged any more: every call throws what went wrong first.
public final class MessageGroup: ProcessGroup {
  /// The place of this process among all, from 0.
  public let rank: Int
  /// How many there are: a power of two.
  public let count: Int
  private let lane = MessageLane()
  private let end: End

  /// What the lane's thread has in its hands.
  // Sendable unchecked: others look only when the lane has nothing to do.
  private final class End: @unchecked Sendable {
    var exchange: Exchange?
    var failure: TrainError?

    /// Does something with the exchange, unless an earlier thing went wrong.
    func attempt<Result>(_ body: (Exchange) throws(TrainError) -> Result) -> Result? {
      guard failure == nil, let exchange else { return nil }
      do throws(TrainError) { return try body(exchange) } catch {
        failure = error
        return nil
      }
    }
  }

  /// Joins the others.
  ///
  /// - Parameter connect: makes the transport, on the thread that will use it.
  /// - Throws: what `connect` throws, and `setting` for a number of processes that is no power of two.
  public init(connect: @escaping () throws(TrainError) -> any Transport) throws(TrainError) {
    let end = End()
    self.end = end
    lane.begin {
      do throws(TrainError) { end.exchange = Exchange(try connect()) } catch { end.failure = error }
    }
    lane.finish()
    rank = end.exchange?.transport.rank ?? 0
    count = end.exchange?.transport.count ?? 1
    if end.failure == nil, count & (count - 1) != 0 {
      end.failure = .setting(
        "\(count) processes cannot share a run's batches evenly; start a power of two, such as 2, 4 or 8.")
    }
    if let failure = end.failure {
      lane.end()
      throw failure
    }
  }

  deinit { lane.end() }

  /// Lets the tensor travel behind what was begun before.
  public func beginSum(_ values: Tensor, as wire: WireFormat) {
    lane.begin { [end] in end.attempt { exchange throws(TrainError) in try exchange.sum(values, as: wire) } }
  }

  /// Waits for all sums that were begun.
  public func finishSums() throws(TrainError) {
    lane.finish()
    if let failure = end.failure { throw failure }
  }

  /// The sums of a few numbers, behind all sums that were begun.
  public func sum(_ numbers: [Double]) throws(TrainError) -> [Double] {
    try exchanged { exchange throws(TrainError) in try exchange.sum(numbers) }
  }

  /// The bytes of the process with that rank.
  public func share(_ bytes: [UInt8], from rank: Int) throws(TrainError) -> [UInt8] {
    try gather(rank == self.rank ? bytes : [])[rank]
  }

  /// The bytes of all processes.
  public func gather(_ bytes: [UInt8]) throws(TrainError) -> [[UInt8]] {
    try exchanged { exchange throws(TrainError) in try exchange.gather(bytes) }
  }

  private func exchanged<Result>(
    _ body: @escaping (Exchange) throws(TrainError) -> Result
  ) throws(TrainError) -> Result {
    var result: Result?
    lane.begin { [end] in result = end.attempt(body) }
    try finishSums()
    guard let result else { throw .processLost("The other processes were left before this one asked them.") }
    return result
  }

  /// Takes leave of the others, who do the same; nothing can be asked afterwards.
  public func close() {
    lane.begin { [end] in
      end.attempt { exchange in exchange.transport.close() }
      end.exchange = nil
    }
    lane.finish()
  }
}
